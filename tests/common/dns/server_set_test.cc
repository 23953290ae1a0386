#include "common/dns/server_set.h"

#include <doctest/doctest.h>

using namespace outhaul;
using namespace outhaul::dns;

TEST_CASE("servers are written with and without a port") {
  CHECK(ServerAddress::parse("10.0.0.53")->to_string() == "10.0.0.53:53");
  CHECK(ServerAddress::parse("10.0.0.53:5353")->to_string() == "10.0.0.53:5353");
  CHECK(ServerAddress::parse("fd00::53")->to_string() == "[fd00::53]:53");
  CHECK(ServerAddress::parse("[fd00::53]")->to_string() == "[fd00::53]:53");
  CHECK(ServerAddress::parse("[fd00::53]:5353")->to_string() == "[fd00::53]:5353");
}

TEST_CASE("what is not a server is refused") {
  for (const char* text :
       {"", "dns.internal", "10.0.0.53:", "10.0.0.53:0", "10.0.0.53:65536", "10.0.0.53:1x",
        "[fd00::53", "[fd00::53]5353", "[10.0.0.53]:53", "10.1"}) {
    CAPTURE(text);
    CHECK(!ServerAddress::parse(text));
  }
}

TEST_CASE("sets compare by servers and their order") {
  const ServerAddress one = *ServerAddress::parse("10.0.0.1");
  const ServerAddress two = *ServerAddress::parse("10.0.0.2");
  CHECK(ServerSet::of({one, two}) == ServerSet::of({one, two}));
  CHECK(ServerSet::of({one, two}) != ServerSet::of({two, one}));
  CHECK(ServerSet::of({one}) != ServerSet::system());
  CHECK(ServerSet::of({one, two}).to_string() == "10.0.0.1:53,10.0.0.2:53");
  CHECK(ServerSet::of(std::vector<ServerAddress>(20, one)).servers().size() == 8);
}
