#include "common/base/number_text.h"

#include <array>
#include <cstdlib>
#include <limits>

#include <doctest/doctest.h>

using outhaul::append_number;

namespace {

std::string text_of(double value) {
  std::string text = "=";
  append_number(text, value);
  return text.substr(1);
}

}  // namespace

TEST_CASE("whole numbers and thousandths have no more digits than they need") {
  CHECK(text_of(0) == "0");
  CHECK(text_of(7) == "7");
  CHECK(text_of(-7.25) == "-7.25");
  CHECK(text_of(0.001) == "0.001");
  CHECK(text_of(0.05) == "0.05");
  CHECK(text_of(12.34) == "12.34");
  CHECK(text_of(1e6) == "1000000");
  CHECK(text_of(1764000000.123) == "1764000000.123");
}

TEST_CASE("smaller and larger numbers are as short as can be") {
  CHECK(text_of(0.0005) == "0.0005");
  CHECK(text_of(1e-9) == "1e-09");
  CHECK(text_of(2.5e20) == "2.5e+20");
}

TEST_CASE("what is read back is the same number") {
  for (const double value :
       std::array<double, 9>{0.1 + 0.2, 1.0 / 3, 2.0 / 3, 1e15, 1e15 + 0.125, 999999999999.9995,
                             std::numeric_limits<double>::max(), std::numeric_limits<double>::min(),
                             std::numeric_limits<double>::denorm_min()}) {
    CHECK(std::strtod(text_of(value).c_str(), nullptr) == value);
    CHECK(std::strtod(text_of(-value).c_str(), nullptr) == -value);
  }
}
