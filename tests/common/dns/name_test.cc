#include "common/dns/name.h"

#include <string>

#include <doctest/doctest.h>

using namespace outhaul;
using namespace outhaul::dns;

TEST_CASE("names get one form") {
  CHECK(*canonical_name("App.Internal") == "app.internal");
  CHECK(*canonical_name("app.internal.") == "app.internal");
  CHECK(*canonical_name("localhost") == "localhost");
  CHECK(*canonical_name("_grpc._tcp.app-1.corp") == "_grpc._tcp.app-1.corp");
  CHECK(*canonical_name("xn--bcher-kva.example") == "xn--bcher-kva.example");
  CHECK(*canonical_name("1.2.3.4.example") == "1.2.3.4.example");
  CHECK(*canonical_name(std::string(63, 'a') + ".b") == std::string(63, 'a') + ".b");
}

TEST_CASE("what is not a host name is refused") {
  const std::string long_label(64, 'a');
  const std::string label(49, 'a');
  std::string long_name = label;
  for (int i = 0; i < 5; ++i)
    long_name += "." + label;
  for (const std::string& name :
       {std::string(""), std::string("."), std::string("a..b"), std::string(".a"),
        std::string("a.."), std::string("-a.b"), std::string("a-.b"), std::string("a b.c"),
        std::string("a/b.c"), std::string("a\0b.c", 5),
        std::string("b\xc3\xbc"
                    "cher.example"),
        std::string("a:80"), std::string("*.corp"), long_label, long_name}) {
    CAPTURE(name);
    const auto result = canonical_name(name);
    REQUIRE(!result);
    CHECK(result.error().kind == ErrorKind::invalid);
  }
}

TEST_CASE("addresses in disguise are refused") {
  for (const char* name : {"127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0X7F",
                           "017700000001", "app.internal.0x", "a.1."}) {
    CAPTURE(name);
    CHECK(!canonical_name(name));
  }
}
