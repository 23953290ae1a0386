#include "agent/policy/policy.h"

#include <array>
#include <initializer_list>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

namespace outhaul::agent {
namespace {

using tunnel::Descriptor;
using tunnel::LiteralAddress;
using Texts = std::initializer_list<std::string_view>;

const std::string service_text = "e6a0817c-79c5-40ca-9776-a1c019defe70";

IpAddress ip(std::string_view text) {
  return IpAddress::parse(text).value();
}

std::vector<Rule> rules(Texts texts) {
  std::vector<Rule> parsed;
  for (std::string_view text : texts)
    parsed.push_back(Rule::parse(text).value());
  return parsed;
}

Policy policy(Texts permits, Texts allows = {}, Texts denies = {}) {
  return Policy({rules(permits), rules(allows), rules(denies)});
}

/// A service by host name or by address, whichever the text is.
Descriptor service(std::string_view target, std::uint16_t port) {
  Descriptor descriptor;
  descriptor.id = Uuid::parse(service_text).value();
  descriptor.port = port;
  const auto address = IpAddress::parse(target);
  if (!address) {
    descriptor.hostname = target;
  } else {
    (address->is_v4() ? descriptor.ipv4 : descriptor.ipv6) =
        LiteralAddress{std::string(target), *address};
  }
  return descriptor;
}

AddressUse use(std::string_view hostname = {}, AddressUse::Role role = AddressUse::Role::origin) {
  return {Uuid::parse(service_text).value(), hostname, role};
}

/// The lift of a refusal, "" without one, "pass" without a refusal.
std::string lift_of(const std::optional<Refusal>& refusal) {
  return refusal ? refusal->lift : "pass";
}

constexpr auto denied_addresses = std::to_array<std::string_view>({
    "0.0.0.0",
    "0.255.255.255",
    "127.0.0.0",
    "127.0.0.1",
    "127.0.0.53",
    "127.255.255.255",
    "169.254.0.0",
    "169.254.169.254",
    "169.254.255.255",
    "100.100.100.200",
    "224.0.0.0",
    "239.255.255.255",
    "240.0.0.0",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::",
    "fe80::1",
    "febf:ffff::1",
    "ff00::",
    "ff02::1",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "fd00:ec2::254",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.5",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "::10.0.0.5",
    "::2",
    "64:ff9b::7f00:1",
    "64:ff9b::10.0.0.5",
    "64:ff9b::808:808",
    "64:ff9b:1::",
    "64:ff9b:1:ffff::1",
    "2002:7f00:1::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2002:e000:1::1",
    // Teredo: the client's address is inverted in the last 32 bits, the server's is in the second.
    "2001::80ff:fffe",
    "2001:0:7f00:1:0:0:f5ff:fffa",
    "2001:0:808:808:0:0:5601:5601",
});

constexpr auto passing_addresses = std::to_array<std::string_view>({
    "1.0.0.0",
    "10.0.0.5",
    "100.64.0.1",
    "100.100.100.199",
    "100.100.100.201",
    "126.255.255.255",
    "128.0.0.0",
    "169.253.255.255",
    "169.255.0.0",
    "172.16.0.1",
    "192.168.1.1",
    "192.0.2.1",
    "8.8.8.8",
    "223.255.255.255",
    "fd00::1",
    "fd00:ec2::253",
    "fc00::1",
    "fec0::1",
    "fe7f::1",
    "feff::1",
    "2606:4700::1111",
    "64:ff9a::1",
    "64:ff9b:2::1",
    "64:ff9b:0:1::1",
    "0:0:0:0:1::1",
    "::1:0:0:1",
    "2002:a00:5::1",
    "2002:808:808::1",
    "2003::1",
    "2001:db8::1",
    "2001:0:808:808:0:0:f5ff:fffa",
});

TEST_CASE("default denials: every range and its neighbours") {
  const Policy by_default;
  for (std::string_view text : denied_addresses) {
    CAPTURE(text);
    const auto refusal = by_default.check_address(ip(text), 8080, use("api.internal"));
    REQUIRE(refusal.has_value());
    CHECK(refusal->status == 502);
    CHECK(refusal->proxy_status_error == "destination_ip_prohibited");
    CHECK(refusal->rule.starts_with("denied by default ("));
    CHECK(by_default.check_descriptor(service(text, 8080)).has_value());
  }
  for (std::string_view text : passing_addresses) {
    CAPTURE(text);
    CHECK_FALSE(by_default.check_address(ip(text), 8080, use()).has_value());
    CHECK_FALSE(by_default.check_descriptor(service(text, 8080)).has_value());
  }
}

TEST_CASE("the flag that a refusal prints lifts exactly that refusal") {
  for (std::string_view text : denied_addresses) {
    CAPTURE(text);
    const auto refusal = Policy().check_address(ip(text), 8080, use());
    REQUIRE(refusal.has_value());
    constexpr std::string_view flag = "--permit ";
    REQUIRE(refusal->lift.starts_with(flag));
    const auto rule = Rule::parse(std::string_view(refusal->lift).substr(flag.size()));
    REQUIRE(rule.has_value());
    const Policy lifted({{*rule}, {}, {}});
    CHECK_FALSE(lifted.check_address(ip(text), 8080, use()).has_value());
    CHECK(lifted.check_address(ip(text), 8081, use()).has_value());
  }
}

TEST_CASE("permit lifts and narrows nothing") {
  const Policy permits = policy({"127.0.0.1:8080", "::1"});
  CHECK_FALSE(permits.check_address(ip("127.0.0.1"), 8080, use()).has_value());
  CHECK_FALSE(permits.check_address(ip("::1"), 1, use()).has_value());
  CHECK_FALSE(permits.check_address(ip("10.0.0.5"), 80, use()).has_value());
  CHECK(permits.check_address(ip("127.0.0.1"), 8081, use()).has_value());
  CHECK(permits.check_address(ip("127.0.0.2"), 8080, use()).has_value());
  // The loopback address stays refused inside a format that is denied itself.
  CHECK(permits.check_address(ip("::ffff:127.0.0.1"), 8080, use()).has_value());
  const Policy mapped = policy({"::ffff:0:0/96"});
  CHECK_FALSE(mapped.check_address(ip("::ffff:10.0.0.5"), 80, use()).has_value());
  CHECK(mapped.check_address(ip("::ffff:127.0.0.1"), 80, use()).has_value());
  CHECK(policy({"localhost:8080"}).check_address(ip("127.0.0.1"), 8080, use("localhost")) ==
        std::nullopt);
  CHECK(policy({"localhost:8080"}).check_address(ip("127.0.0.1"), 8080, use("x.internal")));
  CHECK_FALSE(policy({"service:" + service_text}).check_address(ip("127.0.0.1"), 1, use()));
}

TEST_CASE("allow denies everything else and lifts no default") {
  const Policy allows = policy({}, {"10.0.0.0/8:443", "*.corp.internal", "127.0.0.1:8080"});
  CHECK_FALSE(allows.check_descriptor(service("10.0.0.5", 443)).has_value());
  CHECK_FALSE(allows.check_descriptor(service("a.corp.internal", 80)).has_value());
  CHECK_FALSE(allows.check_address(ip("192.168.0.1"), 80, use("a.corp.internal")).has_value());
  // Its address may lie in 10.0.0.0/8, so the name alone decides nothing.
  CHECK_FALSE(allows.check_descriptor(service("other.internal", 443)).has_value());
  CHECK(allows.check_address(ip("192.168.0.1"), 443, use("other.internal")).has_value());
  CHECK_FALSE(allows.check_address(ip("10.1.1.1"), 443, use("other.internal")).has_value());

  const auto by_port = allows.check_descriptor(service("other.internal", 80));
  REQUIRE(by_port.has_value());
  CHECK(by_port->status == 403);
  CHECK(by_port->proxy_status_error == "http_request_denied");
  CHECK(by_port->lift == "--allow other.internal:80");

  const auto by_address = allows.check_descriptor(service("192.168.0.1", 443));
  REQUIRE(by_address.has_value());
  CHECK(by_address->status == 502);
  CHECK(by_address->lift == "--allow 192.168.0.1:443");

  CHECK(lift_of(allows.check_address(ip("127.0.0.1"), 8080, use())) == "--permit 127.0.0.1:8080");
  CHECK(lift_of(allows.check_address(ip("::1"), 443, use())) ==
        "--permit [::1]:443 --allow [::1]:443");
  CHECK(lift_of(policy({"127.0.0.1:1"}, {"10.0.0.0/8"}).check_address(ip("127.0.0.1"), 1, use())) ==
        "--allow 127.0.0.1:1");

  const Policy by_service = policy({}, {"service:" + service_text + ":443"});
  CHECK_FALSE(by_service.check_descriptor(service("10.0.0.5", 443)).has_value());
  CHECK(by_service.check_descriptor(service("10.0.0.5", 80)).value().status == 403);
  Descriptor other = service("10.0.0.5", 443);
  other.id = Uuid();
  CHECK(by_service.check_descriptor(other).value().status == 403);
}

TEST_CASE("deny narrows and wins") {
  const Policy denies = policy({"127.0.0.1"}, {"10.0.0.0/8", "127.0.0.1", "*.corp.internal"},
                               {"10.0.0.7", "127.0.0.1:22", "db.corp.internal:1-1023"});
  CHECK_FALSE(denies.check_address(ip("10.0.0.8"), 80, use()).has_value());
  CHECK(lift_of(denies.check_address(ip("10.0.0.7"), 80, use())) == "removing --deny 10.0.0.7");
  CHECK(lift_of(denies.check_address(ip("127.0.0.1"), 22, use())) ==
        "removing --deny 127.0.0.1:22");
  CHECK_FALSE(denies.check_address(ip("127.0.0.1"), 23, use()).has_value());
  const auto host = denies.check_descriptor(service("db.corp.internal", 22));
  REQUIRE(host.has_value());
  CHECK(host->status == 403);
  CHECK(host->rule == "--deny db.corp.internal:1-1023");
  CHECK_FALSE(denies.check_descriptor(service("db.corp.internal", 5432)).has_value());
  // The same target in another spelling of its address.
  CHECK(policy({}, {}, {"10.0.0.7"}).check_address(ip("2002:a00:7::1"), 80, use()).has_value());
  CHECK(policy({"64:ff9b::/96"}, {}, {"10.0.0.7"})
            .check_address(ip("64:ff9b::10.0.0.7"), 80, use())
            .has_value());
  const Policy by_service = policy({}, {}, {"service:" + service_text});
  CHECK(by_service.check_descriptor(service("10.0.0.5", 80)).value().status == 403);
}

TEST_CASE("of two literal addresses one may be refused") {
  Descriptor both = service("127.0.0.1", 80);
  both.ipv6 = LiteralAddress{"fd00::1", ip("fd00::1")};
  CHECK_FALSE(Policy().check_descriptor(both).has_value());
  both.ipv6 = LiteralAddress{"::1", ip("::1")};
  CHECK(lift_of(Policy().check_descriptor(both)) == "--permit 127.0.0.1:80");
}

TEST_CASE("resolvers obey the policy, each one, and no host rule covers them") {
  Descriptor named = service("api.internal", 80);
  named.resolver_ips = {{{"10.0.0.53", ip("10.0.0.53")}, 53}};
  CHECK_FALSE(Policy().check_descriptor(named).has_value());
  CHECK(lift_of(policy({}, {"api.internal"}).check_descriptor(named)) == "--allow 10.0.0.53:53");
  CHECK_FALSE(policy({}, {"api.internal", "10.0.0.53:53"}).check_descriptor(named).has_value());
  CHECK_FALSE(policy({}, {"service:" + service_text}).check_descriptor(named).has_value());
  named.resolver_ips.push_back({{"127.0.0.53", ip("127.0.0.53")}, 5353});
  const auto refusal = Policy().check_descriptor(named);
  REQUIRE(refusal.has_value());
  CHECK(refusal->status == 502);
  CHECK(refusal->target == "resolver 127.0.0.53:5353");
  CHECK(refusal->lift == "--permit 127.0.0.53:5353");
  CHECK(policy({"api.internal"}).check_descriptor(named).has_value());
}

TEST_CASE("host names that are numbers in disguise") {
  for (std::string_view name : {"2130706433", "127.1", "0177.0.0.1", "0x7f000001", "0x7f.1",
                                "1.0x7f", "0x", "127.0.0.0x1", "1.2.3.4.5", "256.256.256.256",
                                "127.0.0.1.", "a..b", "", "-a.b", "LOCALHOST", "api_x.internal"}) {
    CAPTURE(name);
    Descriptor descriptor = service("first.internal", 80);
    descriptor.hostname = name;
    if (name.empty()) descriptor.ipv4 = LiteralAddress{"127.0.0.1", ip("127.0.0.1")};
    const auto refusal = Policy().check_descriptor(descriptor);
    REQUIRE(refusal.has_value());
    CHECK(refusal->status == (name.empty() ? 502 : 403));
  }
  for (std::string_view name : {"localhost", "api.internal", "1.example.com", "0x7f.example.com",
                                "127.0.0.1.nip.io", "xn--bcher-kva.example", "a1", "x0f"}) {
    CAPTURE(name);
    CHECK_FALSE(Policy().check_descriptor(service(name, 80)).has_value());
  }
}

TEST_CASE("own listeners and edges yield only to a permit for exactly that address and port") {
  Policy wide = policy({"127.0.0.0/8", "10.0.0.0/8"});
  wide.set_protected({{ip("127.0.0.1"), 9000}, {ip("0.0.0.0"), 9001}}, {ip("10.0.0.1")});
  CHECK(lift_of(wide.check_address(ip("127.0.0.1"), 9000, use())) == "--permit 127.0.0.1:9000");
  CHECK_FALSE(wide.check_address(ip("127.0.0.1"), 9002, use()).has_value());
  CHECK(wide.check_address(ip("127.0.0.2"), 9001, use()).has_value());
  CHECK_FALSE(wide.check_address(ip("10.0.0.2"), 9001, use()).has_value());
  CHECK(lift_of(wide.check_address(ip("10.0.0.1"), 443, use())) == "--permit 10.0.0.1:443");
  CHECK(wide.check_address(ip("2002:a00:1::1"), 443, use()).has_value());

  Policy exact = policy({"10.0.0.1:443", "127.0.0.1:9000"});
  exact.set_protected({{ip("127.0.0.1"), 9000}}, {ip("10.0.0.1"), ip("127.0.0.1")});
  CHECK_FALSE(exact.check_address(ip("10.0.0.1"), 443, use()).has_value());
  CHECK(exact.check_address(ip("10.0.0.1"), 444, use()).has_value());
  CHECK_FALSE(exact.check_address(ip("127.0.0.1"), 9000, use()).has_value());
}

TEST_CASE("the message has target, rule and flag") {
  CHECK(Policy().check_address(ip("127.0.0.1"), 8080, use()).value().message() ==
        "127.0.0.1:8080 is refused by the agent's policy: denied by default (loopback, "
        "127.0.0.0/8); lifted by --permit 127.0.0.1:8080");
  CHECK(Policy().check_address(ip("2002:7f00:1::1"), 80, use()).value().rule ==
        "denied by default (loopback, 127.0.0.0/8, around 127.0.0.1)");
}

}  // namespace
}  // namespace outhaul::agent
