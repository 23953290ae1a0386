// Proxy-Status, one line of the field per line of input: it can be written again, stripped of what
// is internal, and extended, and stays well-formed.
#include "common/tunnel/proxy_status.h"

#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/property.h"

namespace outhaul::fuzz {
namespace {

std::vector<std::string_view> lines_of(std::string_view input) {
  std::vector<std::string_view> lines;
  for (;;) {
    const std::size_t end = input.find('\n');
    lines.push_back(input.substr(0, end));
    if (end == std::string_view::npos) return lines;
    input.remove_prefix(end + 1);
  }
}

tunnel::ProxyStatus parse_written(const std::string& text) {
  const std::string_view line = text;
  auto status = tunnel::ProxyStatus::parse(std::span(&line, 1));
  require(status.has_value(), "what was written can be parsed");
  require(status->serialize() == text, "the written text is canonical");
  return *status;
}

}  // namespace
}  // namespace outhaul::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outhaul;
  const Uuid tunnel_id = *Uuid::parse("6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11");
  const std::string_view input = fuzz::text_of(data, size);
  const std::vector<std::string_view> lines = fuzz::lines_of(input);
  auto status = tunnel::ProxyStatus::parse(lines);
  if (!status) return 0;
  const auto believed = status->agent_member(tunnel_id);
  fuzz::require(fuzz::parse_written(status->serialize()).agent_member(tunnel_id) == believed,
                "the written text means the same");
  status->strip_internal();
  const auto stripped = status->agent_member(tunnel_id);
  fuzz::require(!stripped || stripped->details.empty(), "details do not survive stripping");

  // Whatever others sent, this proxy can add to it; details may hold any byte.
  const std::size_t members = status->size();
  status->append({.name = tunnel::agent_name(tunnel_id),
                  .error = "dns_error",
                  .details = std::string(input),
                  .rcode = "NXDOMAIN",
                  .received_status = 502});
  const auto extended = fuzz::parse_written(status->serialize());
  fuzz::require(extended.size() == members + 1, "exactly one member was added");
  const auto own = extended.agent_member(tunnel_id);
  fuzz::require(own && own->error == "dns_error" && own->received_status == 502,
                "the own member is what was added");
  return 0;
}
