// RFC 9651: what was parsed can be written, and the written text means the same and is canonical.
#include "common/base/structured_fields.h"

#include <string>
#include <string_view>

#include "tests/fuzz/property.h"

namespace outhaul::fuzz {
namespace {

template <typename Parse>
void check_round_trip(std::string_view input, Parse parse) {
  for (const auto duplicates :
       {structured::DuplicateKeys::take_last, structured::DuplicateKeys::refuse}) {
    const auto value = parse(input, duplicates);
    if (!value) {
      require(value.error().kind == ErrorKind::invalid, "a refusal is of kind invalid");
      continue;
    }
    const auto text = structured::serialize(*value);
    require(text.has_value(), "what was parsed can be written");
    const auto again = parse(*text, structured::DuplicateKeys::refuse);
    require(again.has_value(), "what was written can be parsed, without duplicate keys");
    require(*again == *value, "the written text means the same");
    require(*structured::serialize(*again) == *text, "the written text is canonical");
  }
}

}  // namespace
}  // namespace outhaul::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outhaul;
  const std::string_view input = fuzz::text_of(data, size);
  fuzz::check_round_trip(input, structured::parse_dictionary);
  fuzz::check_round_trip(input, structured::parse_list);
  fuzz::check_round_trip(input, structured::parse_item);
  return 0;
}
