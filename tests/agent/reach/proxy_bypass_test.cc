#include "agent/reach/proxy_bypass.h"

#include <doctest/doctest.h>

using namespace outhaul;
using namespace outhaul::agent;

namespace {

bool covers(std::string_view entry, std::string_view edge) {
  ProxyBypass bypass;
  CAPTURE(entry);
  REQUIRE(bypass.add(entry));
  return bypass.covers(*tunnel::EdgeAddress::parse(edge));
}

}  // namespace

TEST_CASE("names, and all below them") {
  for (const char* entry : {"example.net", ".example.net", "*.example.net", "Example.NET"}) {
    CHECK(covers(entry, "example.net"));
    CHECK(covers(entry, "edge.example.net:443"));
    CHECK_FALSE(covers(entry, "myexample.net"));
    CHECK_FALSE(covers(entry, "example.net.evil.org"));
  }
  CHECK(covers("localhost", "localhost:7844"));
  CHECK(covers("*", "edge.example.net"));
  CHECK(covers("*", "[fd00::1]:443"));
}

TEST_CASE("addresses and ranges, for edges that are given as addresses") {
  CHECK(covers("10.0.0.7", "10.0.0.7:443"));
  CHECK_FALSE(covers("10.0.0.7", "10.0.0.70"));
  CHECK(covers("10.0.0.0/8", "10.200.0.1"));
  CHECK_FALSE(covers("10.0.0.0/8", "11.0.0.1"));
  CHECK(covers("127.0.0.1/8", "127.9.9.9"));
  CHECK(covers("10.0.0.0/9", "10.127.255.255"));
  CHECK_FALSE(covers("10.0.0.0/9", "10.128.0.0"));
  CHECK(covers("0.0.0.0/0", "1.2.3.4"));
  CHECK_FALSE(covers("0.0.0.0/0", "[fd00::1]"));
  CHECK_FALSE(covers("0.0.0.0/0", "edge.example.net"));
  CHECK(covers("fd00::/8", "[fdff::1]:7844"));
  CHECK(covers("fd00::1", "[fd00::1]:7844"));
  CHECK(covers("[fd00::1]", "[fd00::1]:7844"));
}

TEST_CASE("entries with a port") {
  CHECK(covers("example.net:443", "edge.example.net:443"));
  CHECK_FALSE(covers("example.net:443", "edge.example.net:7844"));
  CHECK(covers("[fd00::1]:443", "[fd00::1]:443"));
  CHECK_FALSE(covers("[fd00::1]:443", "[fd00::1]:7844"));
  CHECK_FALSE(covers("10.0.0.0/8:443", "10.0.0.1:7844"));
}

TEST_CASE("what is no entry") {
  ProxyBypass bypass;
  for (const char* bad :
       {"", ".", "http://proxy", "10.0.0.0/33", "10.0.0.0/x", "fd00::/129", "a b", "0.1"}) {
    CAPTURE(bad);
    CHECK_FALSE(bypass.add(bad));
  }
  CHECK_FALSE(bypass.covers(*tunnel::EdgeAddress::parse("edge.example.net")));
}
