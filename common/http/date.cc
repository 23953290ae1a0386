#include "common/http/date.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "common/http/syntax.h"

namespace outhaul::http {

namespace {

// Written out: strftime() and strptime() speak the language of the locale.
constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::string_view form = "Sun, 06 Nov 1994 08:49:37 GMT";

std::optional<int> number(std::string_view text, std::size_t from, std::size_t length) {
  const auto value = parse_decimal(text.substr(from, length));
  return value ? std::optional(static_cast<int>(*value)) : std::nullopt;
}

}  // namespace

std::string date_text(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                days.at(static_cast<std::size_t>(parts.tm_wday)).data(), parts.tm_mday,
                months.at(static_cast<std::size_t>(parts.tm_mon)).data(), parts.tm_year + 1900,
                parts.tm_hour, parts.tm_min, parts.tm_sec);
  return text.data();
}

std::optional<std::chrono::system_clock::time_point> parse_date(std::string_view text) {
  if (text.size() != form.size()) return std::nullopt;
  const auto month = std::ranges::find(months, text.substr(8, 3));
  const auto day = number(text, 5, 2);
  const auto year = number(text, 12, 4);
  const auto hour = number(text, 17, 2);
  const auto minute = number(text, 20, 2);
  const auto second = number(text, 23, 2);
  if (month == months.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
  std::tm parts{};
  parts.tm_mday = *day;
  parts.tm_mon = static_cast<int>(month - months.begin());
  parts.tm_year = *year - 1900;
  parts.tm_hour = *hour;
  parts.tm_min = *minute;
  parts.tm_sec = *second;
  const auto time = std::chrono::system_clock::from_time_t(timegm(&parts));
  // Whatever is no date, or has other separators, does not come back as it was.
  if (date_text(time) != text) return std::nullopt;
  return time;
}

}  // namespace outhaul::http
