#include "agent/origins/proxy_protocol.h"

#include <doctest/doctest.h>

#include "common/base/hex.h"

namespace outhaul::agent {
namespace {

std::string hex_of(std::string_view client, std::string_view origin) {
  const auto origin_address = parse_client_address(origin);
  REQUIRE(origin_address.has_value());
  return hex_encode(as_bytes(proxy_protocol_v2(parse_client_address(client), *origin_address)));
}

// The first 12 bytes of every header, as the specification has them.
const std::string signature = "0d0a0d0a000d0a515549540a";

TEST_CASE("PROXY protocol v2 of IPv4, IPv6 and both") {
  CHECK(hex_of("10.0.0.7:50412", "10.0.0.5:5432") ==
        signature + "2111000c" + "0a000007" + "0a000005" + "c4ec" + "1538");
  CHECK(hex_of("[fd00::7]:1", "[fd00::5]:2") ==
        signature + "21210024" + "fd000000000000000000000000000007" +
            "fd000000000000000000000000000005" + "0001" + "0002");
  CHECK(hex_of("10.0.0.7:1", "[fd00::5]:2") ==
        signature + "21210024" + "00000000000000000000ffff0a000007" +
            "fd000000000000000000000000000005" + "0001" + "0002");
}

TEST_CASE("an unknown client is LOCAL") {
  CHECK(hex_of("unknown", "10.0.0.5:5432") == signature + "20000000");
  CHECK(hex_of("_hidden:1", "10.0.0.5:5432") == signature + "20000000");
}

TEST_CASE("addresses of clients") {
  CHECK(parse_client_address("10.0.0.7:1")->to_string() == "10.0.0.7:1");
  CHECK(parse_client_address("[fd00::7]:65535")->to_string() == "[fd00::7]:65535");
  for (const char* wrong : {"", "10.0.0.7", "fd00::7", "fd00::7:1", "10.0.0.7:65536",
                            "10.0.0.7:", "a:1", "[10.0.0.7:1"})
    CHECK_FALSE(parse_client_address(wrong).has_value());
}

}  // namespace
}  // namespace outhaul::agent
