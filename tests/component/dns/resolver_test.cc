#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "common/async/sleep.h"
#include "tests/component/dns/fixture.h"
#include "tests/component/dns/scripts.h"

using namespace outhaul;
using namespace outhaul::testing;
using namespace std::chrono_literals;
using outhaul::dns::FamilyPreference;
using outhaul::dns::Outcome;
using outhaul::dns::Resolver;
using outhaul::dns::ServerSet;
using outhaul::dns::Source;
using Request = ScriptedServer::Request;
using Messages = std::vector<ScriptedServer::Message>;

namespace {

/// Starts `outcomes.size()` lookups at once; `name(i)` says of what.
void spawn_lookups(Scope& scope, Resolver& resolver, const ServerSet& set,
                   const std::function<std::string(std::size_t)>& name,
                   std::vector<Outcome>& outcomes) {
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    scope.spawn(look_up_into(resolver, name(i), set, FamilyPreference::v6_first, outcomes[i]));
}

template <typename Condition>
void run_until(Loop& loop, Condition condition) {
  const TimePoint limit = LoopClock::now() + 10s;
  while (!condition() && LoopClock::now() < limit)
    loop.run_turn(50ms);
  REQUIRE(condition());
}

std::string same_name(std::size_t) {
  return "app.internal";
}

}  // namespace

TEST_CASE("a hundred lookups of one name are one query a family, and none afterwards") {
  Loop loop;
  ScriptedServer server(loop, "127.0.0.1", 0, good);
  Resolver resolver(loop, quick_options());
  server.hold();
  Scope scope(loop);
  std::vector<Outcome> outcomes(100);
  spawn_lookups(scope, resolver, server.set(), same_name, outcomes);
  run_until(loop, [&] { return server.requests().size() >= 2; });
  server.let_go();
  run_until(loop, [&] { return scope.empty(); });
  for (const Outcome& outcome : outcomes)
    CHECK(addresses(outcome) == "fd00::1 10.0.0.1");
  const Outcome later = look_up(loop, resolver, "app.internal", server.set());
  CHECK(later.resolution.families[0].source == Source::cache);
  CHECK(server.count(type_a) == 1);
  CHECK(server.count(type_aaaa) == 1);
  const auto totals = resolver.statistics()[1].totals;
  CHECK(totals.fetches == 2);
  CHECK(totals.coalesced == 198);
  CHECK(totals.cache_hits == 2);
}

TEST_CASE("lookups that are destroyed leave the query to the cache") {
  Loop loop;
  ScriptedServer server(loop, "127.0.0.1", 0, good);
  Resolver resolver(loop, quick_options());
  server.hold();
  {
    Scope scope(loop);
    std::vector<Outcome> outcomes(10);
    spawn_lookups(scope, resolver, server.set(), same_name, outcomes);
    run_until(loop, [&] { return server.requests().size() >= 2; });
  }
  server.let_go();
  CHECK(addresses(look_up(loop, resolver, "app.internal", server.set())) == "fd00::1 10.0.0.1");
  CHECK(server.requests().size() == 2);
}

TEST_CASE("a resolver with queries in flight can be destroyed") {
  Loop loop;
  ScriptedServer server(loop, "127.0.0.1", 0, silent);
  Resolver resolver(loop, quick_options());
  Scope scope(loop);
  std::vector<Outcome> outcomes(5);
  spawn_lookups(scope, resolver, server.set(), same_name, outcomes);
  run_until(loop, [&] { return server.requests().size() >= 2; });
}

TEST_CASE("IPv4 alone is enough when AAAA queries are swallowed") {
  Loop loop;
  ScriptedServer server(loop, "127.0.0.1", 0, [](const Request& request) {
    return request.type == type_a ? good(request) : Messages{};
  });
  Resolver resolver(loop, quick_options());
  Outcome outcome = look_up(loop, resolver, "app.internal", server.set());
  CHECK(addresses(outcome) == "10.0.0.1");
  CHECK(outcome.resolution.families[0].source == Source::pending);
  run_until(loop, [&] { return resolver.statistics()[1].totals.latency.count == 2; });
  // The failure is remembered as long as the other family works.
  outcome = look_up(loop, resolver, "app.internal", server.set());
  CHECK(outcome.resolution.families[0].source == Source::cache);
  CHECK(server.count(type_aaaa) == 3);
}

TEST_CASE("a preference orders the families or asks for one only") {
  Loop loop;
  ScriptedServer server(loop, "127.0.0.1", 0, good);
  Resolver resolver(loop, quick_options());
  CHECK(addresses(look_up(loop, resolver, "a.internal", server.set(), FamilyPreference::v4_only)) ==
        "10.0.0.1");
  CHECK(server.count(type_aaaa) == 0);
  CHECK(addresses(look_up(loop, resolver, "a.internal", server.set(),
                          FamilyPreference::v4_first)) == "10.0.0.1 fd00::1");
}

TEST_CASE("an expired answer stands in for a server that fails") {
  for (const bool fails : {true, false}) {
    CAPTURE(fails);
    Loop loop;
    bool dead = false;
    ScriptedServer server(loop, "127.0.0.1", 0, [&dead, fails](const Request& request) {
      if (dead) return fails ? code(2)(request) : Messages{};
      return Messages{good_answer(request, 0).bytes()};
    });
    dns::Limits limits = quick_limits();
    limits.ttl_min = 0s;
    limits.stale_delay = 100ms;
    Resolver resolver(loop, quick_options(limits));
    look_up(loop, resolver, "app.internal", server.set());
    dead = true;
    const Outcome outcome = look_up(loop, resolver, "app.internal", server.set());
    CHECK(addresses(outcome) == "fd00::1 10.0.0.1");
    CHECK(outcome.resolution.families[0].source == Source::stale);
    CHECK(resolver.statistics()[1].totals.stale_uses == 2);
  }
}

TEST_CASE("the next server takes over, and a silent one is asked last for a while") {
  Loop loop;
  ScriptedServer dead(loop, "127.0.0.1", 0, silent);
  ScriptedServer alive(loop, "127.0.0.1", 0, good);
  Resolver resolver(loop, quick_options());
  const ServerSet set = ServerSet::of({dead.address(), alive.address()});
  CHECK(!look_up(loop, resolver, "a.internal", set).error);
  CHECK(dead.requests().size() == 2);
  CHECK(!look_up(loop, resolver, "b.internal", set).error);
  CHECK(dead.requests().size() == 2);
  const auto servers = resolver.statistics()[1].servers;
  CHECK(servers[0].second.timeouts == 2);
  CHECK(servers[1].second.answers == 4);
}

TEST_CASE("the next server takes over from one that fails or lies") {
  for (const unsigned rcode : {2U, 5U}) {
    Loop loop;
    ScriptedServer bad(loop, "127.0.0.1", 0, code(rcode));
    ScriptedServer alive(loop, "127.0.0.1", 0, good);
    Resolver resolver(loop, quick_options());
    const Outcome outcome =
        look_up(loop, resolver, "a.internal", ServerSet::of({bad.address(), alive.address()}));
    CHECK(addresses(outcome) == "fd00::1 10.0.0.1");
    CHECK(bad.requests().size() == 2);
  }
}

TEST_CASE("an answer that comes after the next try still counts") {
  Loop loop;
  ScriptedServer server(loop, "127.0.0.1", 0, good);
  Resolver resolver(loop, quick_options());
  server.hold();
  Scope scope(loop);
  std::vector<Outcome> outcomes(1);
  spawn_lookups(scope, resolver, server.set(), same_name, outcomes);
  run_until(loop, [&] { return server.count(type_a) == 2; });
  server.let_go();
  run_until(loop, [&] { return scope.empty(); });
  CHECK(addresses(outcomes[0]) == "fd00::1 10.0.0.1");
}

TEST_CASE("server sets share nothing") {
  Loop loop;
  ScriptedServer one(loop, "127.0.0.1", 0, good);
  ScriptedServer two(loop, "127.0.0.1", 0, code(3));
  Resolver resolver(loop, quick_options());
  CHECK(!look_up(loop, resolver, "app.internal", one.set()).error);
  CHECK(look_up(loop, resolver, "app.internal", two.set()).rcode == "NXDOMAIN");
  CHECK(!look_up(loop, resolver, "app.internal", one.set()).error);
}

TEST_CASE("ids are random and source ports change") {
  Loop loop;
  ScriptedServer server(loop, "127.0.0.1", 0, good);
  dns::Limits limits = quick_limits();
  limits.channel_queries = 10;
  Resolver resolver(loop, quick_options(limits));
  server.hold();
  Scope scope(loop);
  std::vector<Outcome> outcomes(50);
  const auto name = [](std::size_t i) { return "n" + std::to_string(i) + ".internal"; };
  spawn_lookups(scope, resolver, server.set(), name, outcomes);
  run_until(loop, [&] { return server.requests().size() >= 100; });
  server.let_go();
  run_until(loop, [&] { return scope.empty(); });
  std::set<int> ports;
  std::set<int> ids;
  for (const Request& request : server.requests()) {
    ports.insert(request.source_port);
    ids.insert(request.id);
  }
  CHECK(ports.size() >= 10);
  CHECK(ids.size() > 90);
}

TEST_CASE("too many questions in flight fail at once") {
  Loop loop;
  ScriptedServer server(loop, "127.0.0.1", 0, silent);
  dns::Limits limits = quick_limits();
  limits.fetches = 2;
  Resolver resolver(loop, quick_options(limits));
  Scope scope(loop);
  std::vector<Outcome> outcomes(1);
  spawn_lookups(scope, resolver, server.set(), same_name, outcomes);
  run_until(loop, [&] { return server.requests().size() >= 2; });
  const Outcome outcome = look_up(loop, resolver, "other.internal", server.set());
  REQUIRE(outcome.error);
  CHECK(outcome.error->message.find("too many") != std::string::npos);
}

TEST_CASE("a replaced resolv.conf moves the queries in flight to the new server") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "resolv.conf";
  std::ofstream(path) << "nameserver 127.0.0.2\n";
  Loop loop;
  ScriptedServer before(loop, "127.0.0.2", 0, silent);
  ScriptedServer after(loop, "127.0.0.3", before.address().port, good);
  dns::ResolverOptions options = quick_options(dns::Limits());
  options.resolv_conf_path = path;
  options.system_port = before.address().port;
  Resolver resolver(loop, options);
  Scope scope(loop);
  std::vector<Outcome> outcomes(20);
  const auto name = [](std::size_t i) { return "n" + std::to_string(i) + ".internal"; };
  spawn_lookups(scope, resolver, ServerSet::system(), name, outcomes);
  run_until(loop, [&] { return before.requests().size() >= 40; });

  std::ofstream(directory.path() / "new") << "nameserver 127.0.0.3\n";
  std::filesystem::rename(directory.path() / "new", path);
  run_until(loop, [&] { return scope.empty(); });
  for (const Outcome& outcome : outcomes)
    CHECK(addresses(outcome) == "fd00::1 10.0.0.1");
  CHECK(resolver.system_servers() == std::vector{after.address()});
}

TEST_CASE("a resolv.conf that is emptied and filled again loses nothing") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "resolv.conf";
  std::ofstream(path) << "nameserver 127.0.0.2\n";
  Loop loop;
  ScriptedServer server(loop, "127.0.0.2", 0, good);
  dns::ResolverOptions options = quick_options(dns::Limits());
  options.resolv_conf_path = path;
  options.system_port = server.address().port;
  Resolver resolver(loop, options);
  look_up(loop, resolver, "app.internal", ServerSet::system());
  std::filesystem::resize_file(path, 0);
  loop.run_turn(100ms);
  loop.run_turn(100ms);
  CHECK(addresses(look_up(loop, resolver, "app.internal", ServerSet::system())) ==
        "fd00::1 10.0.0.1");
  CHECK(resolver.system_servers() == std::vector{server.address()});
  run_until(loop, [&] { return resolver.system_servers()[0].ip == ip("127.0.0.1"); });
  std::ofstream(path) << "nameserver 127.0.0.2\n";
  run_until(loop, [&] { return resolver.system_servers()[0].ip == ip("127.0.0.2"); });
  CHECK(!look_up(loop, resolver, "app.internal", ServerSet::system()).error);
}

TEST_CASE("a missing resolv.conf is reported and means the local server") {
  Loop loop;
  dns::ResolverOptions options = quick_options();
  std::vector<std::string> warnings;
  options.warn = [&warnings](std::string text) { warnings.push_back(std::move(text)); };
  Resolver resolver(loop, options);
  CHECK(resolver.system_servers()[0].to_string() == "127.0.0.1:53");
  CHECK(warnings.size() == 2);
  resolver.reload();
  CHECK(warnings.size() == 2);
}

TEST_CASE("the hosts file concerns the system's set only") {
  const TemporaryDirectory directory;
  std::ofstream(directory.path() / "hosts") << "10.9.9.9 app.internal\n";
  Loop loop;
  ScriptedServer server(loop, "127.0.0.1", 0, good);
  dns::ResolverOptions options = quick_options();
  options.hosts_path = directory.path() / "hosts";
  Resolver resolver(loop, options);
  const Outcome outcome = look_up(loop, resolver, "app.internal", ServerSet::system());
  CHECK(addresses(outcome) == "10.9.9.9");
  CHECK(outcome.resolution.families[0].source == Source::hosts_file);
  CHECK(addresses(look_up(loop, resolver, "app.internal", server.set())) == "fd00::1 10.0.0.1");
}
