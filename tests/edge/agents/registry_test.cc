#include "edge/agents/registry.h"

#include <doctest/doctest.h>

#include "tests/edge/agents/agent_fixture.h"
#include "tests/support/run_task.h"

namespace outhaul::edge {
namespace {

class Fixture {
 public:
  ~Fixture() { streams.clear(); }

  std::unique_ptr<FakeAgent> start(const FakeAgent::Options& options) {
    return std::make_unique<FakeAgent>(loop, limits, registry, tunnel, options);
  }
  std::unique_ptr<FakeAgent> connect(const FakeAgent::Options& options) {
    auto agent = start(options);
    run_until([&agent] { return agent->connection.usable(); });
    return agent;
  }
  template <typename Condition>
  void run_until(Condition condition) {
    while (!condition())
      loop.run_turn(std::chrono::milliseconds(10));
  }
  /// Opens a request that stays open, and says where.
  std::string open(std::string_view avoid = {}) {
    auto stream = registry.open(tunnel.id, request(), false, avoid);
    if (!stream) return std::string(to_string(stream.error().kind));
    streams.push_back(std::move(*stream));
    return std::string(streams.back()->connection());
  }
  static http::RequestHead request() {
    http::RequestHead head;
    head.method = "GET";
    head.scheme = "http";
    head.authority = "api";
    head.path = "/";
    return head;
  }
  bool wait(Duration limit) {
    bool found = false;
    testing::run_task(loop, wait_into(limit, found));
    return found;
  }
  Task<void> wait_into(Duration limit, bool& found) {
    found = co_await registry.wait_for_connection(tunnel.id, limit);
  }

  Loop loop;
  Limits limits;
  Tunnel tunnel = sample_tunnel("office");
  Registry registry{loop, limits};
  std::vector<std::unique_ptr<TunnelStream>> streams;
};

TEST_CASE("a request goes to the connection with the fewest") {
  Fixture edge;
  CHECK(edge.open() == "not_found");
  const auto first = edge.connect({.name = "c1"});
  const auto second = edge.connect({.name = "c2"});
  CHECK(edge.open() == "c1");
  CHECK(edge.open() == "c2");
  CHECK(edge.open() == "c1");
  CHECK(edge.open() == "c2");
  edge.streams.erase(edge.streams.begin() + 1);
  CHECK(edge.open() == "c2");
  CHECK(first->connection.outstanding() == 2);
  CHECK(edge.registry.connections() == 2);
}

TEST_CASE("a connection is avoided only while there is another") {
  Fixture edge;
  const auto first = edge.connect({.name = "c1"});
  CHECK(edge.open("c1") == "c1");
  const auto second = edge.connect({.name = "c2"});
  CHECK(edge.open("c2") == "c1");
  CHECK(edge.open("c2") == "c1");
  CHECK(edge.open("c1") == "c2");
}

TEST_CASE("full connections are passed over, then all are full") {
  Fixture edge;
  const auto first = edge.connect({.name = "c1", .streams = 1});
  const std::size_t room = first->connection.room();
  for (std::size_t i = 0; i < room; ++i)
    CHECK(edge.open() == "c1");
  CHECK(edge.open() == "limit");
  const auto second = edge.connect({.name = "c2"});
  CHECK(edge.open() == "c2");
}

TEST_CASE("an agent with half the weight has half the requests") {
  Fixture edge;
  const auto whole = edge.connect({.name = "whole", .weight = 100});
  const auto half = edge.connect({.name = "half", .weight = 50});
  for (int i = 0; i < 6; ++i)
    edge.open();
  CHECK(whole->connection.outstanding() == 4);
  CHECK(half->connection.outstanding() == 2);
}

TEST_CASE("the edge's zone comes first, until its connections are full") {
  Fixture edge;
  edge.registry.set_zone("east");
  const auto far = edge.connect({.name = "far", .zone = "west"});
  const auto nowhere = edge.connect({.name = "nowhere"});
  const auto near = edge.connect({.name = "near", .streams = 1, .zone = "east"});
  const std::size_t room = near->connection.room();
  for (std::size_t i = 0; i < room; ++i)
    CHECK(edge.open() == "near");
  CHECK(edge.open() != "near");
  CHECK(edge.open() != "near");
  CHECK(far->connection.outstanding() == 1);
  CHECK(nowhere->connection.outstanding() == 1);
}

TEST_CASE(
    "a connection that gives no sign of life is suspect, with its neighbours, and passed over") {
  Fixture edge;
  const Uuid instance = Uuid::random();
  const auto frozen = edge.connect({.name = "frozen", .instance = instance, .slot = 0});
  const auto neighbour = edge.connect({.name = "neighbour", .instance = instance, .slot = 1});
  const auto other = edge.connect({.name = "other"});
  frozen->freeze();
  neighbour->freeze();
  CHECK(edge.open("other") != "other");
  edge.run_until([&] { return frozen->connection.suspect() && neighbour->connection.suspect(); });
  CHECK_FALSE(other->connection.suspect());
  for (int i = 0; i < 5; ++i)
    CHECK(edge.open() == "other");
  const auto replicas = edge.registry.replicas();
  REQUIRE(replicas.size() == 2);
  CHECK(replicas[0].instance == instance);
  CHECK(replicas[0].suspect == 2);
  CHECK(replicas[0].usable == 2);
  CHECK(replicas[0].requests == 1);
  CHECK(replicas[1].suspect == 0);
  CHECK(replicas[1].requests == 5);
  // All are suspect: better one of them than none.
  CHECK(edge.open("other") != "other");
}

TEST_CASE("how long a connection may be quiet is its limits' matter") {
  Fixture edge;
  AgentLimits strict;
  strict.suspect_quiet = strict.suspect_answer = std::chrono::milliseconds(20);
  AgentLimits patient = strict;
  patient.suspect_answer = std::chrono::seconds(60);
  const auto first = edge.connect({.name = "first", .limits = strict});
  const auto second = edge.connect({.name = "second", .limits = patient});
  first->freeze();
  second->freeze();
  CHECK(edge.open("second") == "first");
  CHECK(edge.open("first") == "second");
  edge.run_until([&] { return first->connection.suspect(); });
  CHECK_FALSE(second->connection.suspect());
}

TEST_CASE("connections are counted by the key that they used") {
  Fixture edge;
  const auto agent = edge.connect({.name = "c1"});
  const PublicKey used = edge.tunnel.public_keys.front();
  CHECK(edge.registry.connections_of_key(edge.tunnel.id, used) == 1);
  CHECK(edge.registry.connections_of_key(edge.tunnel.id, sample_key(9)) == 0);
  CHECK(edge.registry.connections_of_key(Uuid::random(), used) == 0);
}

TEST_CASE("a connection replaces the one of the same agent and slot") {
  Fixture edge;
  const Uuid instance = Uuid::random();
  const auto old = edge.connect({.name = "old", .instance = instance, .slot = 3});
  const auto other_slot = edge.connect({.name = "slot", .instance = instance, .slot = 2});
  const auto other_agent = edge.connect({.name = "agent", .slot = 3});
  CHECK(edge.open() == "old");
  const auto replacement = edge.start({.name = "new", .instance = instance, .slot = 3});
  edge.run_until([&replacement] { return replacement->connection.usable(); });
  CHECK_FALSE(old->connection.usable());
  CHECK(other_slot->connection.usable());
  CHECK(other_agent->connection.usable());
  // Its request is finished first.
  CHECK(old->end().empty());
  edge.streams.clear();
  edge.run_until([&old] { return !old->end().empty(); });
  CHECK(old->end() == "the agent replaced the connection");
  CHECK(edge.registry.connections() == 3);
}

TEST_CASE("a request is held until a connection can take it, or the time is over") {
  Fixture edge;
  CHECK_FALSE(edge.wait(std::chrono::milliseconds(1)));
  const auto agent = edge.start({.name = "c1"});
  CHECK_FALSE(agent->connection.usable());
  CHECK(edge.wait(std::chrono::hours(1)));
  CHECK(edge.open() == "c1");
  CHECK(edge.wait(std::chrono::hours(1)));
}

TEST_CASE("more than so many requests are not held") {
  Fixture edge;
  edge.limits.held_requests_per_tunnel = 2;
  Scope holding(edge.loop);
  bool first = false;
  bool second = false;
  holding.spawn(edge.wait_into(std::chrono::hours(1), first));
  holding.spawn(edge.wait_into(std::chrono::hours(1), second));
  edge.loop.run_turn(Duration::zero());
  CHECK_FALSE(edge.wait(std::chrono::hours(1)));
  const auto agent = edge.connect({.name = "c1"});
  edge.run_until([&] { return holding.empty(); });
  CHECK(first);
  CHECK(second);
}

TEST_CASE("connections of tunnels that lost their rights are cut") {
  Fixture edge;
  const auto agent = edge.connect({.name = "c1"});
  Snapshot snapshot;
  snapshot.put(edge.tunnel);
  edge.registry.enforce(snapshot);
  CHECK(agent->connection.usable());
  edge.tunnel.public_keys = {sample_key(9)};
  snapshot.put(edge.tunnel);
  edge.registry.enforce(snapshot);
  edge.run_until([&agent] { return !agent->end().empty(); });
  CHECK(agent->end() == "the agent's key was revoked");
  CHECK(edge.open() == "not_found");
}

TEST_CASE("an agent that does not offer extended CONNECT is told apart") {
  Fixture edge;
  const auto agent = edge.connect({.name = "c1", .websocket = false});
  http::RequestHead head = Fixture::request();
  head.method = "CONNECT";
  head.protocol = "websocket";
  const auto stream = edge.registry.open(edge.tunnel.id, head, true, {});
  REQUIRE_FALSE(stream);
  CHECK(stream.error().kind == ErrorKind::invalid);
}

}  // namespace
}  // namespace outhaul::edge
