// Tunnel-Service: an accepted descriptor keeps every rule and survives writing and reading.
#include "common/tunnel/descriptor.h"

#include <string>

#include "common/http/syntax.h"
#include "tests/fuzz/property.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outhaul;
  const auto descriptor = tunnel::parse_descriptor(fuzz::text_of(data, size));
  if (!descriptor) {
    fuzz::require(descriptor.error().kind == ErrorKind::invalid, "a refusal is of kind invalid");
    return 0;
  }
  fuzz::require(size <= tunnel::descriptor_size_maximum, "the size limit holds");
  fuzz::require(tunnel::check_descriptor(*descriptor).has_value(), "an accepted one keeps rules");
  const std::string text = tunnel::serialize(*descriptor);
  const auto again = tunnel::parse_descriptor(text);
  fuzz::require(again.has_value(), "what was written can be parsed");
  fuzz::require(*again == *descriptor, "the written text means the same");
  fuzz::require(tunnel::serialize(*again) == text, "the written text is canonical");
  const std::string target = tunnel::connect_authority(*descriptor);
  const auto authority = http::parse_authority(target);
  fuzz::require(authority && authority->port == descriptor->port, "the CONNECT target is valid");
  return 0;
}
