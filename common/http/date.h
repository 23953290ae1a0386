#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace outhaul::http {

/// A time as the field Date has it (IMF-fixdate, RFC 9110 section 5.6.7):
/// "Sun, 06 Nov 1994 08:49:37 GMT".
std::string date_text(std::chrono::system_clock::time_point time);

/// Reads an IMF-fixdate; the two obsolete forms are not known. Exact to the second.
std::optional<std::chrono::system_clock::time_point> parse_date(std::string_view text);

}  // namespace outhaul::http
