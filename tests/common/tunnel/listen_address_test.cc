#include "common/tunnel/listen_address.h"

#include <doctest/doctest.h>

namespace outhaul::tunnel {

namespace {

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("status listeners: addresses, sockets, none") {
  const auto some =
      parse_status_listen(Texts{"127.0.0.1:9464", "unix:/run/s.sock", "[::1]:1"}, "/nowhere");
  REQUIRE(some);
  REQUIRE(some->addresses.size() == 3);
  CHECK(some->addresses[0].to_string() == "127.0.0.1:9464");
  CHECK(some->addresses[1].to_string() == "unix:/run/s.sock");
  CHECK(some->addresses[2].to_string() == "[::1]:1");
  CHECK(!some->by_default);
  const auto none = parse_status_listen(Texts{"none"}, "/tmp");
  REQUIRE(none);
  CHECK(none->addresses.empty());
}

TEST_CASE("the default status socket is made where that is possible") {
  const auto possible = parse_status_listen({}, "/tmp");
  REQUIRE(possible);
  REQUIRE(possible->addresses.size() == 1);
  CHECK(possible->addresses[0].to_string() == "unix:/tmp/status.sock");
  CHECK(possible->by_default);
  const auto impossible = parse_status_listen({}, "/nowhere/at/all");
  REQUIRE(impossible);
  CHECK(impossible->addresses.empty());
  // Who asks looks there all the same, and says so when nobody answers.
  CHECK(parse_status_address({}, "/nowhere")->to_string() == "unix:/nowhere/status.sock");
  CHECK(parse_status_address(Texts{"127.0.0.1:1", "127.0.0.1:2"}, "/tmp")->port() == 1);
}

TEST_CASE("wrong status listeners are refused") {
  for (const char* text :
       {"", "9464", "localhost:9464", "127.0.0.1:", "127.0.0.1:99999", "unix:", "unix", "::1:80"}) {
    CAPTURE(text);
    const auto refused = parse_status_listen(Texts{text}, "/tmp");
    REQUIRE(!refused);
    CHECK(refused.error().kind == ErrorKind::invalid);
  }
}

}  // namespace outhaul::tunnel
