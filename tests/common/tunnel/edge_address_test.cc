#include "common/tunnel/edge_address.h"

#include <doctest/doctest.h>

using namespace outhaul;
using namespace outhaul::tunnel;

TEST_CASE("the forms of an edge address") {
  CHECK(*EdgeAddress::parse("edge.example.net:443") == EdgeAddress{"edge.example.net", 443});
  CHECK(*EdgeAddress::parse("edge.example.net") == EdgeAddress{"edge.example.net", 7844});
  CHECK(*EdgeAddress::parse("Edge.Example.NET:1") == EdgeAddress{"edge.example.net", 1});
  CHECK(*EdgeAddress::parse("10.0.0.1:7844") == EdgeAddress{"10.0.0.1", 7844});
  CHECK(*EdgeAddress::parse("[FD00::1]:443") == EdgeAddress{"fd00::1", 443});
  CHECK(*EdgeAddress::parse("[fd00::1]") == EdgeAddress{"fd00::1", 7844});
}

TEST_CASE("an address as text and as Host") {
  CHECK(EdgeAddress{"edge.example.net", 7844}.to_string() == "edge.example.net:7844");
  CHECK(EdgeAddress{"fd00::1", 443}.to_string() == "[fd00::1]:443");
  CHECK(EdgeAddress{"edge.example.net", 7844}.host_field() == "edge.example.net:7844");
  CHECK(EdgeAddress{"edge.example.net", 443}.host_field() == "edge.example.net");
  CHECK(EdgeAddress{"fd00::1", 443}.host_field() == "[fd00::1]");
  CHECK(EdgeAddress{"fd00::1", 7844}.host_field() == "[fd00::1]:7844");
}

TEST_CASE("what is no edge address") {
  for (const char* bad : {"", ":7844", "edge:", "edge:0", "edge:65536", "edge:07844", "edge:http",
                          "fd00::1", "[fd00::1", "[fd00::1]7844", "[fd00::1]:", "[edge]:1",
                          "https://edge:7844", "edge/path", "edge_1", "edge.", "127.1", "a b"}) {
    CAPTURE(bad);
    const auto address = EdgeAddress::parse(bad);
    REQUIRE_FALSE(address);
    CHECK(address.error().message.starts_with("edge address: "));
  }
  CHECK(EdgeAddress::parse("fd00::1").error().message.find("brackets") != std::string::npos);
}

TEST_CASE("edges by SRV records") {
  const auto address = EdgeAddress::parse_or_srv("srv:Edges.Example.NET");
  REQUIRE(address);
  CHECK(*address == EdgeAddress{"edges.example.net", 0, true});
  CHECK(address->to_string() == "srv:edges.example.net");
  CHECK(*EdgeAddress::parse_or_srv("edge.example.net:443") == EdgeAddress{"edge.example.net", 443});
  for (const char* bad : {"srv:", "srv:edge.example.net:7844", "srv:_outhaul._tcp.example.net",
                          "_outhaul._tcp.example.net", "srv:127.0.0.1", "srv:a_b.net"}) {
    CAPTURE(bad);
    const auto refused = EdgeAddress::parse_or_srv(bad);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.starts_with("edge address: "));
  }
  CHECK_FALSE(EdgeAddress::parse("srv:edges.example.net"));
}
