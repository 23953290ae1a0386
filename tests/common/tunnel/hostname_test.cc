#include "common/tunnel/hostname.h"

#include <string>

#include <doctest/doctest.h>

using namespace outhaul;
using namespace outhaul::tunnel;

TEST_CASE("host names that may travel") {
  const std::string label(63, 'a');
  const std::string longest = label + "." + label + "." + label + "." + std::string(61, 'b');
  REQUIRE(longest.size() == 253);
  for (const std::string& name :
       {std::string("localhost"), std::string("api.internal"), std::string("a"),
        std::string("xn--bcher-kva.example"), std::string("3com.example"), std::string("1.2.3.4a"),
        std::string("10.internal"), std::string("a-b.c--d"), std::string("host.0y1"),
        std::string("x.a0x"), std::string("0x7f.example"), std::string("x.0xg"), longest}) {
    CAPTURE(name);
    CHECK(validate_hostname(name));
  }
}

TEST_CASE("host names that may not") {
  const std::string label(63, 'a');
  const std::string too_long = label + "." + label + "." + label + "." + std::string(62, 'b');
  for (const std::string& name :
       {std::string(), std::string("."), std::string("a."), std::string(".a"), std::string("a..b"),
        std::string("API.internal"), std::string("a_b.internal"), std::string("-a.b"),
        std::string("a-.b"), std::string("a.b-"),
        std::string("b\xc3\xbc"
                    "cher.example"),
        std::string("a b"), std::string("a/b"), std::string("a:80"), std::string("[::1]"),
        std::string("user@host"), std::string("*.example"), label + "a", too_long,
        std::string("a\0b", 3),
        // Addresses in disguise.
        std::string("127.0.0.1"), std::string("2130706433"), std::string("127.1"),
        std::string("0x7f000001"), std::string("0x7f.1"), std::string("1.2.3.0x4"),
        std::string("017700000001"), std::string("a.1"), std::string("a.0x"), std::string("0x"),
        std::string("a.0xdeadbeef"), std::string("0")}) {
    CAPTURE(name);
    const auto result = validate_hostname(name);
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == ErrorKind::invalid);
    CHECK(result.error().message.starts_with("host name: "));
  }
}
