#include "agent/status/agent_figures.h"

#include <algorithm>

namespace outhaul::agent {

namespace {

template <typename Array>
void add_each(Array& to, const Array& from) {
  std::ranges::transform(to, from, to.begin(), std::plus<>());
}

void add_pool(PoolStatistics& to, const PoolStatistics& from) {
  to.active += from.active;
  to.idle += from.idle;
  to.http2_connections += from.http2_connections;
  to.http2_requests += from.http2_requests;
  to.circuits_open += from.circuits_open;
  to.opened += from.opened;
  to.reused += from.reused;
  to.retried += from.retried;
  to.refused_by_cap += from.refused_by_cap;
  to.refused_by_circuit += from.refused_by_circuit;
}

void add_addresses(AddressStatistics& to, const AddressStatistics& from) {
  to.connected += from.connected;
  to.refused += from.refused;
  to.unreachable += from.unreachable;
  to.silent += from.silent;
  to.retried += from.retried;
  to.recovered += from.recovered;
  to.remembered += from.remembered;
}

}  // namespace

void LoopFigures::add(const LoopFigures& other) {
  connections.insert(connections.end(), other.connections.begin(), other.connections.end());
  std::ranges::sort(connections, {}, &ConnectionFigures::slot);
  connection_counters.established += other.connection_counters.established;
  add_each(connection_counters.ends, other.connection_counters.ends);
  traffic.add(other.traffic);
  add_each(policy.refused, other.policy.refused);
  add_each(policy.would_refuse, other.policy.would_refuse);
  add_addresses(addresses, other.addresses);
  add_pool(pool, other.pool);
}

std::size_t AgentFigures::connections_serving() const {
  return static_cast<std::size_t>(
      std::ranges::count(loops.connections, ConnectionState::serving, &ConnectionFigures::state));
}

}  // namespace outhaul::agent
