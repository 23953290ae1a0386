// What people write to the edge's directory: JSON of services, tunnels and bindings, and targets of
// its API. A text is either understood or every problem is named by its path; what was understood
// survives writing and reading.
#include <algorithm>
#include <string>
#include <string_view>

#include "edge/api/api_json.h"
#include "edge/api/target.h"
#include "edge/directory/service_json.h"
#include "tests/fuzz/property.h"

namespace outhaul::fuzz {
namespace {

void check_service(std::string_view text) {
  const edge::ParsedService parsed = edge::parse_service(text);
  require(parsed.spec.has_value() == parsed.problems.empty(), "either a service or its problems");
  for (const std::string& problem : parsed.problems)
    require(!problem.empty(), "a problem says what it is");
  if (!parsed.spec) return;
  const edge::Service service{Uuid(), *parsed.spec, {}, {}};
  const std::string written = edge::service_to_json(service);
  const edge::ParsedService again = edge::parse_service(written);
  require(again.spec.has_value(), "what was written can be read");
  require(edge::service_to_json({Uuid(), *again.spec, {}, {}}) == written,
          "the written service means the same");
  require(edge::check_name(parsed.spec->name).has_value(), "an accepted name keeps its rule");
}

template <typename T>
void check_body(const edge::ParsedBody<T>& parsed) {
  require(parsed.value.has_value() == parsed.problems.empty(), "either a value or its problems");
}

void check_target(std::string_view text) {
  const std::size_t mark = std::min(text.find('?'), text.size());
  const auto path = edge::split_path(text.substr(0, mark));
  if (!path) require(!path.error().message.empty(), "a refusal says why");
  const auto query = edge::parse_query(text.substr(std::min(mark + 1, text.size())));
  if (!query) require(!query.error().message.empty(), "a refusal says why");
  const auto decoded = edge::percent_decode(text);
  if (decoded) require(decoded->size() <= text.size(), "decoding makes nothing longer");
}

}  // namespace
}  // namespace outhaul::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outhaul;
  const std::string_view text = fuzz::text_of(data, size);
  fuzz::check_service(text);
  fuzz::check_body(edge::parse_new_tunnel(text));
  fuzz::check_body(edge::parse_tunnel_change(text));
  fuzz::check_body(edge::parse_new_binding(text));
  fuzz::check_target(text);
  return 0;
}
