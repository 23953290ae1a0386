#include "agent/policy/policy_gate.h"

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

namespace outhaul::agent {
namespace {

using Texts = std::initializer_list<std::string_view>;

IpAddress ip(std::string_view text) {
  return IpAddress::parse(text).value();
}

std::vector<Rule> rules(Texts texts) {
  std::vector<Rule> parsed;
  for (const std::string_view text : texts)
    parsed.push_back(Rule::parse(text).value());
  return parsed;
}

Policy policy(Texts permits, Texts allows, Texts denies, bool dry_run) {
  return Policy({rules(permits), rules(allows), rules(denies), dry_run});
}

tunnel::Descriptor service(std::string_view hostname, std::uint16_t port = 80) {
  tunnel::Descriptor descriptor;
  descriptor.hostname = hostname;
  descriptor.port = port;
  return descriptor;
}

std::uint64_t count(const std::array<std::uint64_t, refusal_kind_count>& counts, RefusalKind kind) {
  return counts.at(static_cast<std::size_t>(kind));
}

const AddressUse any_use{.service_id = {}, .hostname = {}};

TEST_CASE("refusals are counted by the kind of their rule") {
  Policy strict = policy({}, {"10.0.0.0/8", "127.0.0.0/8"}, {"10.0.0.7", "db.internal"}, false);
  strict.set_protected({{ip("10.0.0.9"), 9000}}, {ip("10.0.0.1")});
  PolicyStatistics statistics;
  PolicyGate gate(std::make_shared<const Policy>(strict), statistics);
  CHECK_FALSE(gate.check_address(ip("10.0.0.2"), 80, any_use).refusal);
  CHECK(gate.check_address(ip("10.0.0.7"), 80, any_use).refusal);
  CHECK(gate.check_descriptor(service("db.internal")).refusal);
  CHECK(gate.check_address(ip("192.168.0.1"), 80, any_use).refusal);
  CHECK(gate.check_address(ip("127.0.0.1"), 80, any_use).refusal);
  CHECK(gate.check_address(ip("10.0.0.9"), 9000, any_use).refusal);
  CHECK(gate.check_address(ip("10.0.0.1"), 80, any_use).refusal);
  CHECK(gate.check_descriptor(service("0x7f000001")).refusal);
  const auto& refused = statistics.refused;
  CHECK(count(refused, RefusalKind::deny_rule) == 2);
  CHECK(count(refused, RefusalKind::no_allow_rule) == 1);
  CHECK(count(refused, RefusalKind::default_range) == 1);
  CHECK(count(refused, RefusalKind::own_listener) == 1);
  CHECK(count(refused, RefusalKind::edge_address) == 1);
  CHECK(count(refused, RefusalKind::bad_name) == 1);
}

TEST_CASE("a dry run tells what the operator's rules would refuse, and lets it pass") {
  const Policy dry = policy({}, {"10.0.0.0/8", "*.corp.internal"}, {"10.0.0.7"}, true);
  PolicyStatistics statistics;
  PolicyGate gate(std::make_shared<const Policy>(dry), statistics);
  PolicyVerdict verdict = gate.check_address(ip("10.0.0.7"), 80, any_use);
  CHECK_FALSE(verdict.refusal);
  REQUIRE(verdict.would_refuse);
  CHECK(verdict.would_refuse->rule == "--deny 10.0.0.7");
  verdict = gate.check_address(ip("192.168.0.1"), 80, any_use);
  CHECK_FALSE(verdict.refusal);
  CHECK(verdict.would_refuse->kind == RefusalKind::no_allow_rule);
  CHECK_FALSE(gate.check_address(ip("10.0.0.8"), 80, any_use).would_refuse);
  CHECK(count(statistics.would_refuse, RefusalKind::deny_rule) == 1);
  CHECK(count(statistics.would_refuse, RefusalKind::no_allow_rule) == 1);
  CHECK(count(statistics.refused, RefusalKind::deny_rule) == 0);
}

TEST_CASE("a dry run lifts no default denial, whatever else is said about the target") {
  // Denied twice, not allowed, and a default besides.
  Policy dry = policy({}, {"10.0.0.0/8"}, {"169.254.169.254", "127.0.0.0/8"}, true);
  dry.set_protected({{ip("10.0.0.9"), 9000}}, {ip("192.168.0.1")});
  PolicyStatistics statistics;
  PolicyGate gate(std::make_shared<const Policy>(dry), statistics);
  for (const std::string_view text : {"169.254.169.254", "127.0.0.1", "::1", "fd00:ec2::254",
                                      "::ffff:127.0.0.1", "192.168.0.1"}) {
    CAPTURE(text);
    const PolicyVerdict verdict = gate.check_address(ip(text), 80, any_use);
    REQUIRE(verdict.refusal);
    CHECK_FALSE(verdict.refusal->by_operator());
    CHECK_FALSE(verdict.would_refuse);
  }
  CHECK(gate.check_address(ip("10.0.0.9"), 9000, any_use).refusal);

  tunnel::Descriptor named = service("api.internal");
  named.resolver_ips = {{{"127.0.0.53", ip("127.0.0.53")}, 53}};
  CHECK(gate.check_descriptor(named).refusal);
  CHECK(gate.check_descriptor(service("0x7f000001")).refusal);
}

TEST_CASE("before the port is known, rules with ports wait") {
  const auto before = [](Texts allows, Texts denies) {
    const Policy strict = policy({}, allows, denies, false);
    PolicyStatistics statistics;
    PolicyGate gate(std::make_shared<const Policy>(strict), statistics);
    return gate.check_before_port(service("db.internal", 1)).refusal.has_value();
  };
  CHECK_FALSE(before({}, {}));
  CHECK(before({}, {"db.internal"}));
  CHECK_FALSE(before({}, {"db.internal:1"}));
  CHECK_FALSE(before({"db.internal:5432"}, {}));
  CHECK(before({"other.internal"}, {}));
  CHECK_FALSE(before({"10.0.0.0/8:5432"}, {}));
}

TEST_CASE("a name that another one leads to meets deny rules only") {
  const Policy strict = policy({}, {"api.internal"}, {"*.corp.internal:1-1023"}, false);
  PolicyStatistics statistics;
  PolicyGate gate(std::make_shared<const Policy>(strict), statistics);
  const tunnel::Descriptor api = service("api.internal");
  CHECK_FALSE(gate.check_alias(api, "web.internal", 80).refusal);
  CHECK_FALSE(gate.check_alias(api, "db.corp.internal", 5432).refusal);
  const auto refusal = gate.check_alias(api, "db.corp.internal", 80).refusal;
  REQUIRE(refusal);
  CHECK(refusal->status == 403);
  CHECK(
      refusal->message() ==
      "db.corp.internal:80, where api.internal leads to, is refused by the agent's policy: --deny "
      "*.corp.internal:1-1023; lifted by removing --deny *.corp.internal:1-1023");
  const Policy dry = policy({}, {}, {"*.corp.internal"}, true);
  PolicyStatistics lenient_statistics;
  PolicyGate lenient(std::make_shared<const Policy>(dry), lenient_statistics);
  const PolicyVerdict verdict = lenient.check_alias(api, "db.corp.internal", 80);
  CHECK_FALSE(verdict.refusal);
  CHECK(verdict.would_refuse);
}

}  // namespace
}  // namespace outhaul::agent
