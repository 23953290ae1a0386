#include "agent/network/lookup_preferences.h"

#include <string>
#include <string_view>

#include <doctest/doctest.h>

namespace outhaul::agent {
namespace {

TEST_CASE("families by name, and what DNS is asked for") {
  for (const std::string_view text : {"auto", "ipv4-first", "ipv4-only", "ipv6-first", "ipv6-only"})
    CHECK(to_string(parse_origin_family(text).value()) == text);
  CHECK_FALSE(parse_origin_family("ipv4"));
  CHECK(families_to_ask(OriginFamily::automatic) == dns::FamilyPreference::v6_first);
  CHECK(families_to_ask(OriginFamily::ipv6_only) == dns::FamilyPreference::v6_only);
  CHECK(families_to_ask(OriginFamily::ipv4_only) == dns::FamilyPreference::v4_only);
  CHECK(families_to_ask(OriginFamily::ipv4_first) == dns::FamilyPreference::v4_first);
}

TEST_CASE("names of services by RFC 6335") {
  CHECK(parse_srv_name("HTTP").value() == "http");
  CHECK(parse_srv_name("xmpp-server").value() == "xmpp-server");
  CHECK(parse_srv_name("a23456789012345").value().size() == 15);
  for (const std::string_view text :
       {"", "_http", "a234567890123456", "-a", "a-", "a--b", "443", "a b", "a.b", "\xc3\xbc"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_srv_name(text));
  }
}

TEST_CASE("the name that a service has by itself") {
  tunnel::Descriptor service;
  CHECK(default_srv_name(service).value() == "http");
  service.scheme = tunnel::ServiceScheme::https;
  CHECK(default_srv_name(service).value() == "https");
  service.type = tunnel::ServiceType::tcp;
  CHECK_FALSE(default_srv_name(service));
  service.app = "postgresql";
  CHECK(default_srv_name(service).value() == "postgresql");
  service.app = "x_y";
  CHECK_FALSE(default_srv_name(service));
}

}  // namespace
}  // namespace outhaul::agent
