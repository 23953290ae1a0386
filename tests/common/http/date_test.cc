#include "common/http/date.h"

#include <doctest/doctest.h>

using namespace outhaul;

TEST_CASE("dates are IMF-fixdates, both ways") {
  const std::chrono::system_clock::time_point time(std::chrono::seconds(784111777));
  CHECK(http::date_text(time) == "Sun, 06 Nov 1994 08:49:37 GMT");
  const auto read = http::parse_date("Sun, 06 Nov 1994 08:49:37 GMT");
  REQUIRE(read.has_value());
  CHECK(*read == time);
}

TEST_CASE("what is no date is refused") {
  for (const char* text : {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                           "Mon, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC",
                           "Sun, 36 Nov 1994 08:49:37 GMT", "Sun, 06 Nox 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 08-49-37 GMT", "Sun, 06 Nov 1994 ab:49:37 GMT"}) {
    CAPTURE(text);
    CHECK_FALSE(http::parse_date(text).has_value());
  }
}
