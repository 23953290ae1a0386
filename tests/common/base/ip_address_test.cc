#include "common/base/ip_address.h"

#include <unordered_set>

#include <doctest/doctest.h>

using namespace outhaul;

TEST_CASE("IPv4 is a strict dotted quad") {
  for (const char* text : {"0.0.0.0", "10.0.0.5", "255.255.255.255", "1.20.103.4"}) {
    const auto address = IpAddress::parse(text);
    REQUIRE(address);
    CHECK(address->is_v4());
    CHECK(address->bytes().size() == 4);
    CHECK(address->to_string() == text);
    CHECK(IpAddress::from(address->v4()) == *address);
  }
  for (const char* text :
       {"", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.04", "0x7f.0.0.1", "127.1",
        "2130706433", "1.2.3.4 ", " 1.2.3.4", "1.2.3.", ".1.2.3", "1..2.3", "+1.2.3.4",
        "1.2.3.4:80", "1.2.3.-4", "1.2.3.0000"}) {
    CAPTURE(text);
    CHECK_FALSE(IpAddress::parse(text));
  }
  CHECK_FALSE(IpAddress::parse(std::string_view("1.2.3.4\0", 8)));
  CHECK_FALSE(IpAddress::parse_v4("::1"));
}

TEST_CASE("IPv6 is written as RFC 5952 says") {
  const std::pair<const char*, const char*> cases[] = {
      {"::", "::"},
      {"::1", "::1"},
      {"0:0:0:0:0:0:0:1", "::1"},
      {"FD00::53", "fd00::53"},
      {"2001:0db8:0000:0000:0000:0000:0002:0001", "2001:db8::2:1"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
      {"1:0:0:0:0:0:0:0", "1::"},
      {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
      {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
      {"::ffff:10.0.0.5", "::ffff:10.0.0.5"},
      {"::ffff:a00:5", "::ffff:10.0.0.5"},
      {"::1:2", "::1:2"},
      {"64:ff9b::10.0.0.5", "64:ff9b::a00:5"},
  };
  for (const auto& [text, canonical] : cases) {
    CAPTURE(text);
    const auto address = IpAddress::parse(text);
    REQUIRE(address);
    CHECK(address->is_v6());
    CHECK(address->bytes().size() == 16);
    CHECK(address->to_string() == canonical);
    CHECK(*IpAddress::parse(canonical) == *address);
    CHECK(IpAddress::from(address->v6()) == *address);
  }
  for (const char* text : {":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "g::",
                           "fe80::1%eth0", "[::1]", "::1 ", "12345::", "::1.2.3", "::01.2.3.4"}) {
    CAPTURE(text);
    CHECK_FALSE(IpAddress::parse(text));
  }
  CHECK_FALSE(IpAddress::parse_v6(std::string_view("::1\0x", 5)));
  CHECK_FALSE(IpAddress::parse_v6("1.2.3.4"));
}

TEST_CASE("families never compare equal") {
  const auto mapped = *IpAddress::parse("::ffff:10.0.0.5");
  const auto plain = *IpAddress::parse("10.0.0.5");
  CHECK(mapped.is_v4_mapped());
  CHECK_FALSE(plain.is_v4_mapped());
  CHECK_FALSE(IpAddress::parse("::fffe:10.0.0.5")->is_v4_mapped());
  CHECK(mapped != plain);
  CHECK(*IpAddress::parse("0.0.0.0") != *IpAddress::parse("::"));
  CHECK(std::unordered_set<IpAddress>{mapped, plain, mapped}.size() == 2);
  CHECK(*IpAddress::parse("9.0.0.0") < plain);
}

TEST_CASE("prefixes contain what their bits say") {
  struct Case {
    const char* prefix;
    const char* address;
    bool contained;
  };
  const Case cases[] = {
      {"10.0.0.0/8", "10.255.0.1", true},
      {"10.0.0.0/8", "11.0.0.0", false},
      {"172.16.0.0/12", "172.31.9.9", true},
      {"172.16.0.0/12", "172.32.0.0", false},
      {"0.0.0.0/0", "8.8.8.8", true},
      {"0.0.0.0/0", "::1", false},
      {"127.0.0.1", "127.0.0.1", true},
      {"127.0.0.1", "127.0.0.2", false},
      {"fe80::/10", "febf::1", true},
      {"fe80::/10", "fec0::", false},
      {"64:ff9b:1::/48", "64:ff9b:1:2::", true},
      {"64:ff9b:1::/48", "64:ff9b:2::", false},
      {"::/0", "ff00::", true},
      {"::1/128", "::1", true},
      {"10.0.0.0/31", "10.0.0.1", true},
      {"10.0.0.0/31", "10.0.0.2", false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.prefix);
    CAPTURE(c.address);
    const auto prefix = IpPrefix::parse(c.prefix);
    REQUIRE(prefix);
    CHECK(prefix->contains(*IpAddress::parse(c.address)) == c.contained);
  }
  CHECK(IpPrefix::parse("fd00:ec2::254")->to_string() == "fd00:ec2::254/128");
}

TEST_CASE("prefixes are strict") {
  for (const char* text : {"10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/08", "10.0.0.0/-1",
                           "10.0.0.0/8/8", "/8", "fe80::1/10", "::/129", "10/8", "10.0.0.0/ 8"}) {
    CAPTURE(text);
    CHECK_FALSE(IpPrefix::parse(text));
  }
}
