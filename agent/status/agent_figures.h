#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "agent/connections/connection_figures.h"
#include "agent/network/network_statistics.h"
#include "agent/origins/pool_statistics.h"
#include "common/base/memory_budget.h"
#include "common/base/traffic.h"
#include "common/net/expiry_watch.h"

namespace outhaul::agent {

/// Everything that an agent shows of itself, at one moment. References are to what lives as long
/// as the agent.
struct AgentFigures {
  bool draining = false;
  std::vector<ConnectionFigures> connections;
  const ConnectionCounters& connection_counters;
  const TrafficTable& traffic;
  NetworkStatistics network;
  PoolStatistics pool;
  std::vector<net::ExpiryWatch::Certificate> certificates{};
  const MemoryBudget& memory;
  /// Reloads of the configuration.
  std::uint64_t reloads_accepted = 0;
  std::uint64_t reloads_refused = 0;
  std::uint64_t log_lines_dropped = 0;

  std::size_t connections_serving() const;
};

}  // namespace outhaul::agent
