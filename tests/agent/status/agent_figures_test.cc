#include "agent/status/agent_figures.h"

#include <doctest/doctest.h>

using namespace outhaul;
using namespace outhaul::agent;

namespace {

/// As a loop with this slot could have them, each figure another one.
LoopFigures figures_of(std::uint32_t slot, std::uint64_t factor) {
  LoopFigures figures;
  ConnectionFigures connection;
  connection.slot = slot;
  connection.state = ConnectionState::serving;
  figures.connections.push_back(connection);
  figures.connection_counters.established = factor;
  figures.connection_counters.ends[2] = 2 * factor;
  Traffic& traffic = figures.traffic.of("service");
  traffic.active = 3 * factor;
  traffic.add({.status = 200, .bytes_up = 4 * factor, .bytes_down = 5 * factor});
  traffic.add({.status = 502, .error = "connection_refused"});
  figures.policy.refused[1] = 6 * factor;
  figures.policy.would_refuse[0] = 7 * factor;
  figures.addresses.connected = 8 * factor;
  figures.addresses.remembered = 9 * factor;
  figures.pool.active = 10 * factor;
  figures.pool.opened = 11 * factor;
  figures.pool.refused_by_circuit = 12 * factor;
  return figures;
}

}  // namespace

TEST_CASE("figures of several loops are added up, and slots stand in their order") {
  LoopFigures sum = figures_of(1, 1);
  LoopFigures other = figures_of(0, 100);
  other.traffic.of("another").active = 1;
  sum.add(other);
  REQUIRE(sum.connections.size() == 2);
  CHECK(sum.connections[0].slot == 0);
  CHECK(sum.connections[1].slot == 1);
  CHECK(sum.connection_counters.established == 101);
  CHECK(sum.connection_counters.ends[2] == 202);
  const Traffic& traffic = sum.traffic.of("service");
  CHECK(traffic.active == 303);
  CHECK(traffic.statuses[2] == 2);
  CHECK(traffic.statuses[5] == 2);
  CHECK(traffic.errors.at("connection_refused") == 2);
  CHECK(traffic.bytes_up == 404);
  CHECK(traffic.bytes_down == 505);
  CHECK(traffic.total.count == 4);
  CHECK(sum.traffic.of("another").active == 1);
  CHECK(sum.policy.refused[1] == 606);
  CHECK(sum.policy.would_refuse[0] == 707);
  CHECK(sum.addresses.connected == 808);
  CHECK(sum.addresses.remembered == 909);
  CHECK(sum.pool.active == 1010);
  CHECK(sum.pool.opened == 1111);
  CHECK(sum.pool.refused_by_circuit == 1212);
}
