#include "agent/network/target_locator.h"

#include <map>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "tests/component/network/locator_fixture.h"

using namespace outhaul;
using namespace outhaul::testing;
using outhaul::agent::AddressMemory;
using outhaul::agent::LocatorSettings;
using outhaul::agent::OriginFamily;
using outhaul::agent::Policy;
using outhaul::agent::TargetLocator;
using Request = ScriptedServer::Request;
using Messages = std::vector<ScriptedServer::Message>;

namespace {

/// A zone of A and CNAME records and the SRV records of _http._tcp.app.internal.
Messages zone(const Request& request) {
  static const std::multimap<std::string, std::string> hosts{
      {"one.internal", "10.0.0.1"},     {"two.internal", "10.0.0.2"},
      {"db.corp.internal", "10.0.0.9"}, {"mixed.internal", "127.0.0.1"},
      {"mixed.internal", "10.0.0.3"},   {"rebind.internal", "169.254.169.254"},
      {"three.internal", "10.0.1.1"},   {"three.internal", "10.0.1.2"},
      {"three.internal", "10.0.1.3"},   {"app.internal", "10.0.0.80"},
      {"plain.internal", "10.0.0.81"},
  };
  DnsMessage message = respond(request);
  if (request.type == type_srv) {
    if (request.name != "_http._tcp.app.internal") return code(3)(request);
    message.srv(request.name, 60, {10, 0, 8081}, "one.internal")
        .srv(request.name, 60, {20, 0, 8082}, "two.internal")
        .srv(request.name, 60, {30, 0, 22}, "rebind.internal");
    return {message.bytes()};
  }
  std::string owner = request.name;
  if (owner == "evil.example") {
    message.cname(owner, 60, "db.corp.internal");
    owner = "db.corp.internal";
  }
  const auto [begin, end] = hosts.equal_range(owner);
  if (begin == end) return code(3)(request);
  if (request.type == type_a) {
    for (auto host = begin; host != end; ++host)
      message.a(owner, 60, ip(host->second));
  }
  return {message.bytes()};
}

struct Network {
  Loop loop;
  ScriptedServer server{loop, "127.0.0.1", 0, zone};
  dns::Resolver resolver{loop, quick_options()};

  Located locate(const Policy& policy, const std::string& name,
                 agent::LookupPreferences preferences = {}, LocatorSettings settings = {}) {
    const agent::CurrentPolicy current(policy);
    TargetLocator locator(current, resolver, std::move(settings));
    return testing::locate(loop, locator, service_at(server, name), std::move(preferences));
  }
};

}  // namespace

TEST_CASE("of mixed answers the allowed ones are dialled, of denied ones none") {
  Network network;
  const Policy policy = policy_for(network.server);
  Located located = network.locate(policy, "mixed.internal");
  CHECK(located.text() == "10.0.0.3:80");
  CHECK(located.trace.verdicts.size() == 2);
  located = network.locate(policy, "rebind.internal");
  CHECK(located.target.addresses.empty());
  CHECK(located.target.failure->failure == tunnel::Failure::address_denied);
  CHECK(located.text().find("lifted by --permit 169.254.169.254:80") != std::string::npos);
}

TEST_CASE("a name of another domain does not lead around a deny rule for names") {
  Network network;
  const Policy policy = policy_for(network.server, {}, {}, {"*.corp.internal"});
  const Located located = network.locate(policy, "evil.example");
  CHECK(located.target.addresses.empty());
  CHECK(located.target.failure->failure == tunnel::Failure::denied_by_policy);
  CHECK(located.text().find("db.corp.internal:80, where evil.example leads to,") == 0);
  // An allow rule for the name that it leads to allows nothing.
  const Policy allows = policy_for(network.server, {}, {"*.corp.internal"});
  CHECK(network.locate(allows, "evil.example").target.failure->failure ==
        tunnel::Failure::denied_by_policy);
}

TEST_CASE("several addresses take turns") {
  Network network;
  const Policy policy = policy_for(network.server);
  std::uint32_t drawn = 0;
  AddressMemory memory({}, LoopClock::now, [&drawn](std::uint32_t bound) { return drawn % bound; });
  const auto order = [&] {
    return network.locate(policy, "three.internal", {}, {.memory = &memory}).text();
  };
  CHECK(order() == "10.0.1.1:80 10.0.1.2:80 10.0.1.3:80");
  drawn = 1;
  CHECK(order() == "10.0.1.2:80 10.0.1.3:80 10.0.1.1:80");
  memory.tried({ip("10.0.1.2"), 80}, net::Tried::silent);
  drawn = 0;
  CHECK(order() == "10.0.1.1:80 10.0.1.3:80 10.0.1.2:80");
}

TEST_CASE("addresses that are due are handed out to be tried again") {
  Network network;
  const Policy policy = policy_for(network.server);
  TimePoint now{};
  AddressMemory memory({}, [&now] { return now; });
  for (const char* address : {"10.0.1.1", "10.0.1.2", "10.0.0.1"})
    memory.tried({ip(address), 80}, net::Tried::silent);
  now += std::chrono::seconds(30);
  std::vector<net::SocketAddress> due;
  const auto retry = [&due](const auto& found) { due = found; };
  // Not the one that the policy refuses.
  const Policy narrow = policy_for(network.server, {}, {}, {"10.0.1.1"});
  network.locate(narrow, "three.internal", {}, {.memory = &memory, .retry = retry});
  CHECK(due == std::vector<net::SocketAddress>{{ip("10.0.1.2"), 80}});
  due.clear();
  // Not the one that is dialled in any case.
  network.locate(policy, "one.internal", {}, {.memory = &memory, .retry = retry});
  CHECK(due.empty());
}

TEST_CASE("a service's family counts, else the agent's") {
  Network network;
  const Policy policy = policy_for(network.server);
  network.locate(policy, "one.internal", {}, {.family = OriginFamily::ipv4_only});
  CHECK(network.server.count(type_aaaa) == 0);
  network.locate(policy, "two.internal", {.family = OriginFamily::ipv6_first, .srv = {}},
                 {.family = OriginFamily::ipv4_only});
  CHECK(network.server.count(type_aaaa) == 1);
}

TEST_CASE("two literal addresses are put in order, too") {
  Network network;
  const Policy policy = policy_for(network.server);
  tunnel::Descriptor service;
  service.port = 80;
  service.ipv4 = tunnel::LiteralAddress{"10.0.0.1", ip("10.0.0.1")};
  service.ipv6 = tunnel::LiteralAddress{"fd00::1", ip("fd00::1")};
  const agent::CurrentPolicy current(policy);
  TargetLocator locator(current, network.resolver);
  CHECK(locate(network.loop, locator, service).text() == "[fd00::1]:80 10.0.0.1:80");
  CHECK(locate(network.loop, locator, service, {.family = OriginFamily::ipv4_first, .srv = {}})
            .text() == "10.0.0.1:80 [fd00::1]:80");
  CHECK(locate(network.loop, locator, service, {.family = OriginFamily::ipv4_only, .srv = {}})
            .text() == "10.0.0.1:80");
}

TEST_CASE("SRV records say host and port, and the policy judges both") {
  Network network;
  const agent::LookupPreferences http{.family = OriginFamily::automatic, .srv = "http"};
  const auto located = [&](Texts allows, Texts denies) {
    return network.locate(policy_for(network.server, {}, allows, denies), "app.internal", http)
        .text();
  };
  CHECK(located({}, {}) == "10.0.0.1:8081 10.0.0.2:8082");
  CHECK(located({}, {"10.0.0.1"}) == "10.0.0.2:8082");
  CHECK(located({}, {"one.internal"}) == "10.0.0.2:8082");
  CHECK(located({}, {"app.internal:8081"}) == "10.0.0.2:8082");
  CHECK(located({}, {"app.internal:80"}) == "10.0.0.1:8081 10.0.0.2:8082");
  CHECK(located({"app.internal:8082"}, {}) == "10.0.0.2:8082");
  CHECK(located({"10.0.0.0/8:8081"}, {}) == "10.0.0.1:8081");
  const std::string refused = located({}, {"app.internal"});
  CHECK(refused.find("--deny app.internal") != std::string::npos);
  // Refused before anybody was asked.
  const Located early =
      network.locate(policy_for(network.server, {}, {}, {"app.internal"}), "app.internal", http);
  CHECK_FALSE(early.trace.service);
}

TEST_CASE("a dead target waits behind one of lower priority") {
  Network network;
  const Policy policy = policy_for(network.server);
  AddressMemory memory;
  memory.tried({ip("10.0.0.1"), 8081}, net::Tried::silent);
  CHECK(network
            .locate(policy, "app.internal", {.family = OriginFamily::automatic, .srv = "http"},
                    {.memory = &memory})
            .text() == "10.0.0.2:8082 10.0.0.1:8081");
}

TEST_CASE("without SRV records the host name and its own port count, and the rules for it") {
  Network network;
  const agent::LookupPreferences http{.family = OriginFamily::automatic, .srv = "http"};
  CHECK(network.locate(policy_for(network.server), "plain.internal", http).text() ==
        "10.0.0.81:80");
  const Located denied = network.locate(policy_for(network.server, {}, {}, {"plain.internal:80"}),
                                        "plain.internal", http);
  CHECK(denied.target.addresses.empty());
  CHECK(denied.target.failure->failure == tunnel::Failure::denied_by_policy);
}

TEST_CASE("a dry run locates what it would refuse, and says so") {
  Network network;
  agent::PolicyRules dry = policy_for(network.server, {}, {}, {"10.0.0.3", "one.internal"}).rules();
  dry.dry_run = true;
  const Policy policy(dry);
  std::vector<std::string> reports;
  const auto report = [&reports](const agent::Refusal& refusal, const Uuid&) {
    reports.push_back(refusal.rule);
  };
  const Located located = network.locate(policy, "mixed.internal", {}, {.would_refuse = report});
  CHECK(located.text() == "10.0.0.3:80");
  CHECK(reports == std::vector<std::string>{"--deny 10.0.0.3"});
  // The name meets the rule, and so does its address: one report.
  reports.clear();
  CHECK(network.locate(policy, "one.internal", {}, {.would_refuse = report})
            .trace.would_refuse->rule == "--deny one.internal");
  CHECK(reports == std::vector<std::string>{"--deny one.internal"});
  CHECK(network.locate(policy, "rebind.internal").target.addresses.empty());
}

TEST_CASE("what the policy refuses is counted") {
  Network network;
  const Policy policy = policy_for(network.server);
  const agent::CurrentPolicy current(policy);
  TargetLocator locator(current, network.resolver);
  for (int i = 0; i < 2; ++i)
    testing::locate(network.loop, locator, service_at(network.server, "rebind.internal"));
  const auto& refused = locator.policy_statistics().refused;
  CHECK(refused.at(static_cast<std::size_t>(agent::RefusalKind::default_range)) == 2);
}
