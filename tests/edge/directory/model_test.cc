#include "edge/directory/model.h"

#include <chrono>
#include <string>

#include <doctest/doctest.h>

using namespace outhaul;
using namespace outhaul::edge;

TEST_CASE("times are RFC 3339 in UTC with milliseconds") {
  CHECK(to_rfc3339(Timestamp{}) == "1970-01-01T00:00:00.000Z");
  CHECK(to_rfc3339(Timestamp(std::chrono::milliseconds(1709210096007))) ==
        "2024-02-29T12:34:56.007Z");
  CHECK(to_rfc3339(Timestamp(std::chrono::milliseconds(-1))) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("names may hold what people write") {
  for (const std::string name : {"a", "my api", "o'brien \"x\"; DROP TABLE services; --", "prod/eu",
                                 "caf\xc3\xa9", "%s\\n", "e6a0817c"}) {
    CAPTURE(name);
    CHECK(check_name(name));
  }
  CHECK(check_name(std::string(128, 'x')));
}

TEST_CASE("names are refused with the rule that they break") {
  const auto message = [](const std::string& name) {
    const auto checked = check_name(name);
    return checked ? std::string("accepted") : checked.error().message;
  };
  CHECK(message("").starts_with("name: must not be empty"));
  CHECK(message(std::string(129, 'x')).find("128 bytes") != std::string::npos);
  CHECK(message(std::string("a\0b", 3)).find("control") != std::string::npos);
  CHECK(message("a\nb").find("control") != std::string::npos);
  CHECK(message("a\x7f").find("control") != std::string::npos);
  CHECK(message("a\xc2\x85").find("control") != std::string::npos);  // NEL, a C1 control
  CHECK(message(" a").find("space") != std::string::npos);
  CHECK(message("a ").find("space") != std::string::npos);
  CHECK(message("a\xff").find("UTF-8") != std::string::npos);
  CHECK(message("e6a0817c-79c5-40ca-9776-a1c019defe70").find("UUID") != std::string::npos);
  CHECK(message("E6A0817C-79C5-40CA-9776-A1C019DEFE70").find("UUID") != std::string::npos);
}

TEST_CASE("ids are read in either case") {
  const auto id = parse_id("E6A0817C-79c5-40CA-9776-a1c019defe70");
  REQUIRE(id);
  CHECK(id->to_string() == "e6a0817c-79c5-40ca-9776-a1c019defe70");
  CHECK_FALSE(parse_id("e6a0817c79c540ca9776a1c019defe70"));
  CHECK_FALSE(parse_id(""));
}
