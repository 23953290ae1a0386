#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"

/// How values are written, wherever they come from. Every error is of kind `invalid` and says what
/// to write instead; the caller puts the name of the flag before it.
namespace outhaul::options {

/// Decimal digits with an optional minus sign.
Result<std::int64_t> parse_integer(std::string_view text);

/// A whole number and its unit: ms, s, m or h. A bare number is refused, except 0, because nobody
/// remembers its unit.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
/// In the largest unit that divides it: "90s", "5m", "0s".
std::string format_duration(std::chrono::milliseconds duration);

/// A whole number and its unit: B, KiB, MiB or GiB. A bare number is refused, except 0.
Result<std::int64_t> parse_size(std::string_view text);
/// In the largest unit that divides it: "64KiB".
std::string format_size(std::int64_t bytes);

/// true or false; also yes, no, on, off, 1, 0.
Result<bool> parse_boolean(std::string_view text);

/// For error messages: in double quotes, cut after 64 bytes, everything but printable ASCII as
/// \xNN, so that a message stays one line whatever was given.
std::string in_quotes(std::string_view text);

}  // namespace outhaul::options
