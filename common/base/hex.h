#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/result.h"

namespace outhaul {

/// Two lower-case digits a byte.
std::string hex_encode(Bytes bytes);

/// Strict inverse; upper-case digits are accepted, separators are not. Error kind `invalid`.
Result<std::vector<std::byte>> hex_decode(std::string_view text);

/// The value of one hexadecimal digit of either case, or -1.
constexpr int hex_digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace outhaul
