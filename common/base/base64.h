#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/result.h"

namespace outhaul {

enum class Base64Padding : unsigned char { forbidden, optional };

/// Standard base64 (RFC 4648 section 4), always padded.
std::string base64_encode(Bytes bytes);

/// Strict inverse: padding required, no white space, no other alphabet, and the unused bits of the
/// last character zero, so that every value has exactly one spelling. Error kind `invalid`; the
/// message says the rule and never repeats the input, which may be a secret.
Result<std::vector<std::byte>> base64_decode(std::string_view text);

/// base64url without padding (RFC 4648 section 5).
std::string base64url_encode(Bytes bytes);

/// Strict inverse. With Base64Padding::optional the right number of '=' may follow.
Result<std::vector<std::byte>> base64url_decode(std::string_view text,
                                                Base64Padding padding = Base64Padding::forbidden);

}  // namespace outhaul
