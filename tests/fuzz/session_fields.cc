// Tunnel-Session in both directions: an accepted value keeps its ranges and survives writing and
// reading.
#include "common/tunnel/session_fields.h"

#include <limits>
#include <string_view>

#include "common/base/limits.h"
#include "tests/fuzz/property.h"

namespace outhaul::fuzz {
namespace {

void check_request(std::string_view input) {
  const auto request = tunnel::parse_session_request(input);
  if (!request) return;
  require(request->version >= 1, "the version is at least 1");
  require(request->connection < request->connections &&
              request->connections <= tunnel::session_connections_maximum,
          "the slot is one of at most 256");
  const auto again = tunnel::parse_session_request(tunnel::serialize(*request));
  require(again && *again == *request, "the written request means the same");
}

void check_response(std::string_view input) {
  const auto response =
      tunnel::parse_session_response(input, std::numeric_limits<std::int64_t>::max());
  if (!response) return;
  require(response->ping >= default_limits.ping_interval_minimum &&
              response->ping <= default_limits.ping_interval_maximum,
          "the ping interval is clamped");
  require(response->life >= default_limits.connection_life_minimum, "the life is raised");
  const auto again = tunnel::parse_session_response(tunnel::serialize(*response),
                                                    std::numeric_limits<std::int64_t>::max());
  require(again && *again == *response, "the written response means the same");
}

}  // namespace
}  // namespace outhaul::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  outhaul::fuzz::check_request(outhaul::fuzz::text_of(data, size));
  outhaul::fuzz::check_response(outhaul::fuzz::text_of(data, size));
  return 0;
}
