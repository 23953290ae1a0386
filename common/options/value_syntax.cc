#include "common/options/value_syntax.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <span>

#include "common/base/hex.h"

namespace outhaul::options {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

/// Largest first.
constexpr std::array<Unit, 4> duration_units = {
    {{"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<Unit, 4> size_units = {
    {{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}};

constexpr std::string_view digits = "0123456789";

Error invalid(std::string message) {
  return Error{ErrorKind::invalid, std::move(message)};
}

/// A number and its unit as a multiple of the smallest unit. `advice` completes the error.
Result<std::int64_t> parse_with_unit(std::string_view text, std::span<const Unit> units,
                                     std::string_view advice) {
  const std::size_t end_of_number = std::min(text.find_first_not_of(digits), text.size());
  const std::string_view number = text.substr(0, end_of_number);
  const std::string_view unit = text.substr(end_of_number);
  if (number.empty()) {
    return invalid(in_quotes(text) + " does not start with a number; " + std::string(advice));
  }
  std::int64_t value = 0;
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), value);
  if (parsed.ec != std::errc{}) return invalid(in_quotes(text) + " is too large");
  if (unit.empty()) {
    if (value == 0) return value;
    return invalid(in_quotes(text) + " has no unit; " + std::string(advice));
  }
  for (const Unit& known : units) {
    if (known.name != unit) continue;
    if (value > std::numeric_limits<std::int64_t>::max() / known.factor) {
      return invalid(in_quotes(text) + " is too large");
    }
    return value * known.factor;
  }
  return invalid(in_quotes(text) + " has the unknown unit " + in_quotes(unit) + "; " +
                 std::string(advice));
}

std::string format_with_unit(std::int64_t value, std::span<const Unit> units,
                             std::string_view unit_of_zero) {
  if (value == 0) return "0" + std::string(unit_of_zero);
  for (const Unit& unit : units) {
    if (value % unit.factor == 0) {
      return std::to_string(value / unit.factor) + std::string(unit.name);
    }
  }
  return std::to_string(value);
}

}  // namespace

Result<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) return invalid(in_quotes(text) + " is too large");
  if (error != std::errc{} || end != text.data() + text.size()) {
    return invalid(in_quotes(text) + " is not a whole number");
  }
  return value;
}

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  OUTHAUL_TRY(value, parse_with_unit(text, duration_units, "write it as 250ms, 30s, 5m or 1h"));
  return std::chrono::milliseconds(value);
}

std::string format_duration(std::chrono::milliseconds duration) {
  return format_with_unit(duration.count(), duration_units, "s");
}

Result<std::int64_t> parse_size(std::string_view text) {
  return parse_with_unit(text, size_units, "write it as 512B, 64KiB, 1MiB or 2GiB");
}

std::string format_size(std::int64_t bytes) {
  return format_with_unit(bytes, size_units, "B");
}

Result<bool> parse_boolean(std::string_view text) {
  for (std::string_view word : {"true", "yes", "on", "1"}) {
    if (text == word) return true;
  }
  for (std::string_view word : {"false", "no", "off", "0"}) {
    if (text == word) return false;
  }
  return invalid(in_quotes(text) + " is neither true nor false");
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t shown_maximum = 64;
  std::string result = "\"";
  for (char c : text.substr(0, shown_maximum)) {
    if (c == '"' || c == '\\') result.push_back('\\');
    if (c >= 0x20 && c < 0x7f) {
      result.push_back(c);
    } else {
      result += "\\x" + hex_encode(as_bytes(std::string_view(&c, 1)));
    }
  }
  result += text.size() > shown_maximum ? "...\"" : "\"";
  return result;
}

}  // namespace outhaul::options
