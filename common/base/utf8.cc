#include "common/base/utf8.h"

namespace outhaul {
namespace {

constexpr std::size_t sequence_length(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return 2;
  if (first >= 0xe0 && first <= 0xef) return 3;
  if (first >= 0xf0 && first <= 0xf4) return 4;
  return 0;
}

constexpr std::uint32_t smallest_of_length(std::size_t length) {
  if (length == 3) return 0x800;
  if (length == 4) return 0x10000;
  return length == 2 ? 0x80 : 0;
}

constexpr bool is_surrogate(std::uint32_t code_point) {
  return code_point >= 0xd800 && code_point <= 0xdfff;
}

}  // namespace

Utf8Character decode_utf8(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = sequence_length(first);
  if (length == 0 || length > text.size()) return {};
  std::uint32_t code_point = length == 1 ? first : first & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0) != 0x80) return {};
    code_point = code_point << 6 | (next & 0x3fU);
  }
  if (code_point < smallest_of_length(length) || is_surrogate(code_point) ||
      code_point > 0x10ffff) {
    return {};
  }
  return {code_point, length};
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const Utf8Character character = decode_utf8(text);
    if (character.length == 0) return false;
    text.remove_prefix(character.length);
  }
  return true;
}

}  // namespace outhaul
