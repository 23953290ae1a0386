#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "agent/connections/connection_figures.h"
#include "agent/network/address_memory.h"
#include "agent/origins/pool_statistics.h"
#include "agent/policy/policy_gate.h"
#include "common/base/memory_budget.h"
#include "common/base/traffic.h"
#include "common/dns/statistics.h"
#include "common/net/expiry_watch.h"

namespace outhaul::agent {

/// What one loop of an agent has to show, or several together.
struct LoopFigures {
  /// By slot.
  std::vector<ConnectionFigures> connections;
  ConnectionCounters connection_counters;
  TrafficTable traffic;
  PolicyStatistics policy;
  AddressStatistics addresses;
  PoolStatistics pool;

  /// Adds those of another loop.
  void add(const LoopFigures& other);
};

/// Everything that an agent shows of itself, at one moment.
struct AgentFigures {
  bool draining = false;
  LoopFigures loops;
  std::vector<dns::SetStatistics> dns;
  std::vector<net::ExpiryWatch::Certificate> certificates{};
  /// Lives as long as the agent.
  const MemoryBudget& memory;
  /// Reloads of the configuration.
  std::uint64_t reloads_accepted = 0;
  std::uint64_t reloads_refused = 0;
  std::uint64_t log_lines_dropped = 0;

  std::size_t connections_serving() const;
};

}  // namespace outhaul::agent
