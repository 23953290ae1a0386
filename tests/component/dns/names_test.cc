#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "tests/component/dns/fixture.h"
#include "tests/component/dns/scripts.h"
#include "tests/support/dnsmasq.h"

using namespace outhaul;
using namespace outhaul::testing;
using outhaul::dns::FamilyPreference;
using outhaul::dns::Outcome;
using outhaul::dns::Resolver;
using outhaul::dns::ServerSet;
using outhaul::dns::ServiceOutcome;
using outhaul::dns::Source;
using Request = ScriptedServer::Request;
using Messages = std::vector<ScriptedServer::Message>;

namespace {

/// A server with one address for every name, which says who it is.
ScriptedServer::Script says(const char* address) {
  return [address](const Request& request) {
    DnsMessage message = respond(request);
    if (request.type == type_a) message.a(request.name, 60, ip(address));
    return Messages{message.bytes()};
  };
}

/// Knows these names; everything else is NXDOMAIN.
ScriptedServer::Script knows(std::vector<std::string> names) {
  return [names = std::move(names)](const Request& request) {
    return std::ranges::count(names, request.name) > 0 ? good(request) : code(3)(request);
  };
}

dns::SuffixServers suffix(const char* name, const ScriptedServer& server) {
  return {name, {server.address()}};
}

/// Options for a system server of the test's.
dns::ResolverOptions system_options(const TemporaryDirectory& directory,
                                    const ScriptedServer& server, const std::string& lines = {}) {
  dns::ResolverOptions options = quick_options();
  options.resolv_conf_path = directory.path() / "resolv.conf";
  options.system_port = server.address().port;
  std::ofstream(options.resolv_conf_path)
      << "nameserver " << server.address().ip.to_string() << "\n"
      << lines;
  return options;
}

std::vector<std::string> asked(const ScriptedServer& server, std::uint16_t type) {
  std::vector<std::string> names;
  for (const Request& request : server.requests())
    if (request.type == type) names.push_back(request.name);
  return names;
}

Task<void> look_up_service_into(Resolver& resolver, std::string service, std::string name,
                                ServerSet set, ServiceOutcome& outcome) {
  outcome = co_await resolver.look_up_service(std::move(service), std::move(name), std::move(set),
                                              FamilyPreference::v6_first);
}

ServiceOutcome look_up_service(Loop& loop, Resolver& resolver, std::string service,
                               std::string name, ServerSet set) {
  ServiceOutcome outcome;
  run_task(loop, look_up_service_into(resolver, std::move(service), std::move(name), std::move(set),
                                      outcome));
  return outcome;
}

/// SRV records of _http._tcp.app.internal: node1 before node2; good addresses for all names.
Messages two_nodes(const Request& request) {
  if (request.type != type_srv) return good(request);
  DnsMessage message = respond(request);
  message.srv(request.name, 60, {20, 0, 8082}, "node2.internal")
      .srv(request.name, 60, {10, 0, 8081}, "node1.internal");
  return {message.bytes()};
}

}  // namespace

TEST_CASE("names below a suffix go to its servers, the longest suffix counts") {
  const TemporaryDirectory directory;
  Loop loop;
  ScriptedServer system(loop, "127.0.0.1", 0, says("10.0.0.1"));
  ScriptedServer corp(loop, "127.0.0.1", 0, says("10.0.0.2"));
  ScriptedServer lab(loop, "127.0.0.1", 0, says("10.0.0.3"));
  ScriptedServer given(loop, "127.0.0.1", 0, says("10.0.0.4"));
  dns::ResolverOptions options = system_options(directory, system);
  options.suffixes = {suffix("corp.internal", corp), suffix("lab.corp.internal", lab)};
  Resolver resolver(loop, options);
  const auto found = [&](const char* name, const ServerSet& set = ServerSet::system()) {
    return addresses(look_up(loop, resolver, name, set));
  };
  CHECK(found("api.internal") == "10.0.0.1");
  CHECK(found("notcorp.internal") == "10.0.0.1");
  CHECK(found("corp.internal") == "10.0.0.2");
  CHECK(found("api.CORP.internal.") == "10.0.0.2");
  CHECK(found("lab.corp.internal") == "10.0.0.3");
  CHECK(found("a.b.lab.corp.internal") == "10.0.0.3");
  // The servers of a service are the servers of a service.
  CHECK(found("api.corp.internal", given.set()) == "10.0.0.4");
  CHECK(resolver.responsible("x.lab.corp.internal", ServerSet::system()).suffix() ==
        "lab.corp.internal");
  CHECK(look_up(loop, resolver, "api.corp.internal", ServerSet::system()).servers.to_string() ==
        "corp.internal=" + corp.address().to_string());
  CHECK(asked(system, type_a) == std::vector<std::string>{"api.internal", "notcorp.internal"});
}

TEST_CASE("a suffix and a service with the same servers share no cache") {
  const TemporaryDirectory directory;
  Loop loop;
  ScriptedServer server(loop, "127.0.0.1", 0, good);
  dns::ResolverOptions options = system_options(directory, server);
  options.suffixes = {suffix("corp.internal", server)};
  Resolver resolver(loop, options);
  const char* name = "api.corp.internal";
  look_up(loop, resolver, name, ServerSet::system());
  CHECK(look_up(loop, resolver, name, ServerSet::system()).resolution.families[1].source ==
        Source::cache);
  CHECK(look_up(loop, resolver, name, server.set()).resolution.families[1].source ==
        Source::server);
  CHECK(server.count(type_a) == 2);
  const auto statistics = resolver.statistics();
  REQUIRE(statistics.size() == 3);
  CHECK(statistics[1].set.suffix() == "corp.internal");
  CHECK(statistics[1].totals.fetches == 2);
  CHECK(statistics[1].servers[0].second.answers == 2);
}

TEST_CASE("the hosts file goes before a suffix") {
  const TemporaryDirectory directory;
  std::ofstream(directory.path() / "hosts") << "10.9.9.9 api.corp.internal\n";
  Loop loop;
  ScriptedServer server(loop, "127.0.0.1", 0, good);
  dns::ResolverOptions options = system_options(directory, server);
  options.suffixes = {suffix("corp.internal", server)};
  options.hosts_path = directory.path() / "hosts";
  Resolver resolver(loop, options);
  CHECK(addresses(look_up(loop, resolver, "api.corp.internal", ServerSet::system())) == "10.9.9.9");
}

TEST_CASE("a name that the hosts file knows as it stands is not completed") {
  const TemporaryDirectory directory;
  std::ofstream(directory.path() / "hosts") << "10.9.9.9 localhost\n10.9.9.8 db.corp.internal\n";
  Loop loop;
  ScriptedServer server(loop, "127.0.0.1", 0, good);
  dns::ResolverOptions options = system_options(directory, server, "search corp.internal\n");
  options.hosts_path = directory.path() / "hosts";
  options.search = true;
  Resolver resolver(loop, options);
  CHECK(addresses(look_up(loop, resolver, "localhost", ServerSet::system())) == "10.9.9.9");
  CHECK(server.requests().empty());
  CHECK(addresses(look_up(loop, resolver, "db", ServerSet::system())) == "10.9.9.8");
}

TEST_CASE("names are completed only when that is wanted, and only for the system's set") {
  const TemporaryDirectory directory;
  Loop loop;
  ScriptedServer server(loop, "127.0.0.1", 0, knows({"api.corp.internal", "db.eu"}));
  dns::ResolverOptions options =
      system_options(directory, server, "search lab.internal corp.internal\n");
  {
    Resolver resolver(loop, options);
    CHECK(look_up(loop, resolver, "api", ServerSet::system()).rcode == "NXDOMAIN");
    CHECK(asked(server, type_a) == std::vector<std::string>{"api"});
  }
  options.search = true;
  Resolver resolver(loop, options);
  Outcome outcome = look_up(loop, resolver, "api", ServerSet::system());
  CHECK(addresses(outcome) == "fd00::1 10.0.0.1");
  CHECK(outcome.resolution.name == "api.corp.internal");
  CHECK(asked(server, type_a) ==
        std::vector<std::string>{"api", "api.lab.internal", "api.corp.internal"});
  // With a dot in it, the name itself goes first.
  CHECK(look_up(loop, resolver, "db.eu", ServerSet::system()).resolution.name == "db.eu");
  CHECK(asked(server, type_a).size() == 4);
  outcome = look_up(loop, resolver, "none", ServerSet::system());
  CHECK(outcome.resolution.name == "none");
  CHECK(outcome.error->message.find("name none does not exist") != std::string::npos);
  // A final dot says that the name is complete, and servers of a service are asked as they are.
  CHECK(look_up(loop, resolver, "api.", ServerSet::system()).rcode == "NXDOMAIN");
  CHECK(look_up(loop, resolver, "api", server.set()).rcode == "NXDOMAIN");
}

TEST_CASE("a failure is no reason to try another name") {
  const TemporaryDirectory directory;
  Loop loop;
  ScriptedServer server(loop, "127.0.0.1", 0, code(2));
  dns::ResolverOptions options = system_options(directory, server, "search corp.internal\n");
  options.search = true;
  Resolver resolver(loop, options);
  const Outcome outcome = look_up(loop, resolver, "a.b", ServerSet::system());
  CHECK(outcome.rcode == "SERVFAIL");
  for (const Request& request : server.requests())
    CHECK(request.name == "a.b");
}

TEST_CASE("SRV records lead to targets with ports, in their order, by the same servers") {
  Loop loop;
  ScriptedServer server(loop, "127.0.0.1", 0, two_nodes);
  Resolver resolver(loop, quick_options());
  const ServiceOutcome outcome =
      look_up_service(loop, resolver, "http", "app.internal", server.set());
  CHECK_FALSE(outcome.error);
  CHECK(outcome.name == "_http._tcp.app.internal");
  REQUIRE(outcome.targets.size() == 2);
  CHECK(outcome.targets[0].record.target == "node1.internal");
  CHECK(outcome.targets[0].record.port == 8081);
  CHECK(addresses(outcome.targets[0].outcome) == "fd00::1 10.0.0.1");
  CHECK(outcome.targets[1].record.target == "node2.internal");
  CHECK(server.count(type_srv) == 1);
  // Cached like addresses.
  CHECK(look_up_service(loop, resolver, "http", "app.internal", server.set()).report.source ==
        Source::cache);
  CHECK(server.count(type_srv) == 1);
}

TEST_CASE("no SRV record, a service that is not offered, and targets without addresses") {
  Loop loop;
  const auto outcome_of = [&loop](ScriptedServer::Script script) {
    ScriptedServer server(loop, "127.0.0.1", 0, std::move(script));
    Resolver resolver(loop, quick_options());
    return look_up_service(loop, resolver, "http", "app.internal", server.set());
  };
  ServiceOutcome outcome = outcome_of(code(3));
  CHECK(outcome.absent());
  CHECK(outcome.rcode == "NXDOMAIN");
  outcome = outcome_of([](const Request& request) { return Messages{respond(request).bytes()}; });
  CHECK(outcome.absent());
  outcome = outcome_of(code(2));
  CHECK_FALSE(outcome.absent());
  CHECK(outcome.rcode == "SERVFAIL");
  outcome = outcome_of(silent);
  CHECK_FALSE(outcome.absent());
  CHECK(outcome.error->kind == ErrorKind::dns_timeout);
  outcome = outcome_of([](const Request& request) {
    DnsMessage message = respond(request);
    message.srv(request.name, 60, {0, 0, 0}, "");
    return Messages{message.bytes()};
  });
  CHECK_FALSE(outcome.absent());
  REQUIRE(outcome.error);
  CHECK(outcome.error->message.find("is not offered") != std::string::npos);
  outcome = outcome_of([](const Request& request) {
    return request.type == type_srv ? two_nodes(request) : code(3)(request);
  });
  REQUIRE(outcome.error);
  CHECK(outcome.error->message.find("node1.internal does not exist") != std::string::npos);
  CHECK(outcome.rcode == "NXDOMAIN");
}

TEST_CASE("one target that DNS is silent about does not hold up the others for ever") {
  Loop loop;
  ScriptedServer server(loop, "127.0.0.1", 0, [](const Request& request) {
    return request.name == "node1.internal" ? Messages{} : two_nodes(request);
  });
  Resolver resolver(loop, quick_options());
  const ServiceOutcome outcome =
      look_up_service(loop, resolver, "http", "app.internal", server.set());
  CHECK_FALSE(outcome.error);
  REQUIRE(outcome.targets.size() == 2);
  CHECK(outcome.targets[0].outcome.error->kind == ErrorKind::dns_timeout);
  CHECK(addresses(outcome.targets[1].outcome) == "fd00::1 10.0.0.1");
}

TEST_CASE("only so many targets are looked up") {
  Loop loop;
  ScriptedServer server(loop, "127.0.0.1", 0, [](const Request& request) {
    if (request.type != type_srv) return good(request);
    DnsMessage message = respond(request);
    for (std::uint16_t i = 0; i < 30; ++i)
      message.srv(request.name, 60, {i, 0, 80}, "n" + std::to_string(i) + ".internal");
    return Messages{message.bytes()};
  });
  Resolver resolver(loop, quick_options());
  const ServiceOutcome outcome =
      look_up_service(loop, resolver, "http", "app.internal", server.set());
  CHECK(outcome.targets.size() == dns::max_service_targets);
  CHECK(server.count(type_a) == dns::max_service_targets);
}

TEST_CASE("SRV records of a real server") {
  const Dnsmasq dnsmasq({"--srv-host=_postgresql._tcp.db.internal,node1.internal,5432,10,50",
                         "--srv-host=_postgresql._tcp.db.internal,node2.internal,5433,20,50",
                         "--host-record=node1.internal,10.0.0.5",
                         "--host-record=node2.internal,10.0.0.6,fd00::6"});
  Loop loop;
  Resolver resolver(loop, quick_options());
  const ServiceOutcome outcome =
      look_up_service(loop, resolver, "postgresql", "db.internal", dnsmasq.set());
  REQUIRE(outcome.targets.size() == 2);
  CHECK(outcome.targets[0].record.port == 5432);
  CHECK(outcome.targets[0].record.weight == 50);
  CHECK(addresses(outcome.targets[0].outcome) == "10.0.0.5");
  CHECK(addresses(outcome.targets[1].outcome) == "fd00::6 10.0.0.6");
  CHECK(look_up_service(loop, resolver, "http", "db.internal", dnsmasq.set()).absent());
}
