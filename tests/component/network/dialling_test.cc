// What dialling teaches, with real sockets: locator, connector, memory and prober together.
#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "agent/network/address_memory.h"
#include "agent/network/address_prober.h"
#include "agent/origins/connector.h"
#include "agent/settings/service_settings.h"
#include "common/net/listener.h"
#include "tests/common/net/socket_fixture.h"
#include "tests/support/run_task.h"

using namespace outhaul;
using namespace outhaul::net::testing;
using outhaul::agent::AddressMemory;
using outhaul::agent::OriginConnector;
using outhaul::agent::OriginFamily;
using Addresses = std::vector<net::SocketAddress>;

namespace {

Task<void> connect_into(OriginConnector& connector, const agent::ServiceSettings& settings,
                        Addresses addresses, std::string& reached) {
  agent::OriginTls plain;
  auto connected = co_await connector.connect(std::move(addresses), std::move(plain), settings);
  reached = connected ? connected->address.to_string() : connected.error().message;
}

struct Fixture {
  Loop loop;
  TimePoint now = LoopClock::now();
  AddressMemory memory{{}, [this] { return now; }, [](std::uint32_t) { return 0U; }};
  OriginConnector connector{loop, &memory};
  agent::ServiceSettings settings;

  /// Dials as a request would; the address that answered, or the error.
  std::string connect(const Addresses& addresses) {
    std::string reached;
    outhaul::testing::run_task(
        loop, connect_into(connector, settings, memory.arrange(addresses, OriginFamily::automatic),
                           reached));
    return reached;
  }
  template <typename Condition>
  void run_until(Condition condition) {
    const TimePoint limit = LoopClock::now() + std::chrono::seconds(10);
    while (!condition() && LoopClock::now() < limit)
      loop.run_turn(std::chrono::milliseconds(50));
    REQUIRE(condition());
  }
};

}  // namespace

TEST_CASE("a black hole is waited for once") {
  Fixture fixture;
  const BlackHole hole;
  const auto listener = listen_on(fixture.loop, loopback());
  const Addresses addresses{hole.address(), listener->address()};
  CHECK(fixture.connect(addresses) == listener->address().to_string());
  CHECK(fixture.memory.has_failed(hole.address()));
  CHECK(fixture.memory.arrange(addresses, OriginFamily::automatic).front() == listener->address());
  for (int i = 0; i < 20; ++i)
    CHECK(fixture.connect(addresses) == listener->address().to_string());
  // Never tried again, or it would have been found silent once more.
  CHECK(fixture.memory.statistics().silent == 1);
  CHECK(fixture.memory.statistics().connected == 21);
}

TEST_CASE("a service whose every address failed is dialled all the same") {
  Fixture fixture;
  const DeadPort dead;
  const DeadPort other;
  const Addresses addresses{dead.address(), other.address()};
  for (int i = 0; i < 2; ++i) {
    const std::string error = fixture.connect(addresses);
    CHECK(error.find(dead.address().to_string()) != std::string::npos);
    CHECK(error.find(other.address().to_string()) != std::string::npos);
  }
}

TEST_CASE("a probe finds an address back, beside the requests") {
  Fixture fixture;
  agent::AddressProber prober(fixture.loop, fixture.memory);
  const auto listener = listen_on(fixture.loop, loopback());
  const DeadPort dead;
  fixture.memory.tried(listener->address(), net::Tried::silent);
  fixture.memory.tried(dead.address(), net::Tried::refused);
  fixture.now += std::chrono::seconds(30);
  prober.probe(fixture.memory.take_due({listener->address(), dead.address()}));
  fixture.run_until([&] {
    return fixture.memory.statistics().recovered == 1 && fixture.memory.statistics().refused == 2;
  });
  CHECK_FALSE(fixture.memory.has_failed(listener->address()));
  CHECK(fixture.memory.has_failed(dead.address()));
}

TEST_CASE("a prober with probes under way can be destroyed") {
  Fixture fixture;
  const BlackHole hole;
  {
    agent::AddressProber prober(fixture.loop, fixture.memory);
    prober.probe({hole.address()});
    fixture.loop.run_turn(Duration::zero());
  }
  fixture.loop.run_turn(Duration::zero());
  CHECK_FALSE(fixture.memory.has_failed(hole.address()));
}
