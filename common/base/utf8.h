#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace outhaul {

/// One decoded character: its code point and its length in bytes. Length 0: the first byte does
/// not begin a well-formed sequence (RFC 3629: shortest form, no surrogates, at most U+10FFFF).
struct Utf8Character {
  std::uint32_t code_point = 0;
  std::size_t length = 0;
};

/// Decodes the character at the front of `text`, which must not be empty.
Utf8Character decode_utf8(std::string_view text);

/// Whether all of `text` is well-formed.
bool is_utf8(std::string_view text);

}  // namespace outhaul
