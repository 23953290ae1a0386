#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "common/async/timer.h"
#include "common/base/memory_budget.h"
#include "common/base/traffic.h"
#include "common/net/expiry_watch.h"
#include "edge/agents/registry.h"
#include "edge/directory/snapshot.h"

namespace outhaul::edge {

/// Everything that an edge shows of itself, at one moment. The reference is to what lives as long
/// as the edge.
struct EdgeFigures {
  bool draining = false;
  /// ServeOptions::ready_wait.
  Duration ready_wait{};
  std::filesystem::path directory_file;
  std::string edge_name;
  std::shared_ptr<const Snapshot> snapshot;
  std::vector<Registry::TunnelFigures> tunnels;
  std::vector<Registry::Replica> replicas{};
  std::vector<net::ExpiryWatch::Certificate> certificates{};
  /// Why the certificate's files are not in use as they are now; empty: they are.
  std::string certificate_problem{};
  // Reloads of the configuration.
  std::uint64_t reloads_accepted = 0;
  std::uint64_t reloads_refused = 0;
  const TrafficTable& traffic;
  /// Connections that have not proved yet to be an agent's.
  std::size_t agents_half_open = 0;
  std::uint64_t clients_cut_for_resets = 0;
  std::uint64_t log_lines_dropped = 0;
  const MemoryBudget* memory = nullptr;
  struct ClientListener {
    std::string address;
    std::size_t connections = 0;
  };
  std::vector<ClientListener> listeners{};
};

}  // namespace outhaul::edge
