#include "common/base/number_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace outhaul {
namespace {

/// Up to 15 digits are read back as they were written.
constexpr double exact_maximum = 1e15;
constexpr int digits_minimum = 15;
constexpr int digits_maximum = 17;

void append_thousandths(std::string& text, std::int64_t thousandths) {
  std::array<char, 24> digits{};
  if (thousandths < 0) text.push_back('-');
  const std::uint64_t size = static_cast<std::uint64_t>(std::abs(thousandths));
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), size / 1000).ptr;
  text.append(digits.data(), end);
  std::uint64_t rest = size % 1000;
  if (rest == 0) return;
  text.push_back('.');
  for (std::uint64_t place = 100; rest != 0; place /= 10) {
    text.push_back(static_cast<char>('0' + rest / place));
    rest %= place;
  }
}

}  // namespace

void append_number(std::string& text, double value) {
  // Nearly all that is measured has been rounded to thousandths.
  const double thousandths = std::nearbyint(value * 1000);
  if (std::abs(thousandths) < exact_maximum && thousandths / 1000 == value) {
    append_thousandths(text, static_cast<std::int64_t>(thousandths));
    return;
  }
  // The decimal point is one: no program of ours sets a locale.
  std::array<char, 32> digits{};
  for (int precision = digits_minimum; precision <= digits_maximum; ++precision) {
    const int size = std::snprintf(digits.data(), digits.size(), "%.*g", precision, value);
    if (precision < digits_maximum && std::strtod(digits.data(), nullptr) != value) continue;
    text.append(digits.data(), static_cast<std::size_t>(size));
    return;
  }
}

}  // namespace outhaul
