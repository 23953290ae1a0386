#include "common/dns/remote_lookups.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/async/loop_thread.h"
#include "tests/component/dns/fixture.h"
#include "tests/component/dns/scripts.h"

using namespace outhaul;
using namespace outhaul::testing;
using outhaul::dns::FamilyPreference;
using outhaul::dns::Outcome;
using outhaul::dns::RemoteLookups;
using outhaul::dns::Resolver;
using outhaul::dns::ServiceOutcome;

namespace {

constexpr int asked = 100;

/// A resolver with its server on a loop of its own, and who asks it from this thread.
class Remote {
 public:
  explicit Remote(ScriptedServer::Script script)
      : server(thread.loop(), "127.0.0.1", 0, std::move(script)) {
    thread.start([](std::exception_ptr) {});
  }
  ~Remote() { thread.stop(); }
  Remote(const Remote&) = delete;
  Remote& operator=(const Remote&) = delete;

  Task<void> ask_into(int times, std::vector<Outcome>& outcomes) {
    for (int i = 0; i < times; ++i) {
      Task<Outcome> asking =
          lookups.look_up("app.internal", server.set(), FamilyPreference::v6_first);
      outcomes.push_back(co_await std::move(asking));
    }
  }
  Task<void> ask_service_into(ServiceOutcome& outcome) {
    Task<ServiceOutcome> asking =
        lookups.look_up_service("http", "app.internal", server.set(), FamilyPreference::v6_first);
    outcome = co_await std::move(asking);
  }
  std::vector<Outcome> ask(int times) {
    std::vector<Outcome> outcomes;
    run_task(here, ask_into(times, outcomes));
    return outcomes;
  }
  /// Questions that the resolver got from here: two for each lookup, by whatever they were
  /// answered.
  std::uint64_t questions() {
    thread.stop();
    std::uint64_t count = 0;
    for (const dns::SetStatistics& set : resolver.statistics())
      count += set.totals.cache_hits + set.totals.fetches;
    return count;
  }

  LoopThread thread{"resolver"};
  ScriptedServer server;
  Resolver resolver{thread.loop(), quick_options()};
  Scope tasks{thread.loop()};
  Loop here;
  RemoteLookups lookups{here, thread.loop(), tasks, resolver};
};

std::vector<ScriptedServer::Message> good_without_ttl(const ScriptedServer::Request& request) {
  return {good_answer(request, 0).bytes()};
}

}  // namespace

TEST_CASE("an answer comes from the resolver's loop, and is remembered for a moment") {
  Remote remote(good);
  for (const Outcome& outcome : remote.ask(asked))
    CHECK(addresses(outcome) == "fd00::1 10.0.0.1");
  CHECK(remote.lookups.remembered() == 1);
  // Far fewer than each of them would have made, however slow this machine is.
  CHECK(remote.questions() < asked);
}

TEST_CASE("what has no time to live is asked for each time") {
  Remote remote(good_without_ttl);
  for (const Outcome& outcome : remote.ask(10))
    CHECK(addresses(outcome) == "fd00::1 10.0.0.1");
  CHECK(remote.lookups.remembered() == 0);
}

TEST_CASE("a failure is told with its code, and not remembered") {
  Remote remote(code(2));
  for (const Outcome& outcome : remote.ask(3)) {
    REQUIRE(outcome.error);
    CHECK(outcome.error->kind == ErrorKind::dns_failure);
    CHECK(outcome.rcode == "SERVFAIL");
  }
  CHECK(remote.lookups.remembered() == 0);
}

TEST_CASE("SRV records are asked for on the resolver's loop") {
  Remote remote(code(3));
  ServiceOutcome outcome;
  run_task(remote.here, remote.ask_service_into(outcome));
  CHECK(outcome.name == "_http._tcp.app.internal");
  CHECK(outcome.rcode == "NXDOMAIN");
}
