#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "common/async/loop.h"
#include "common/async/task.h"
#include "common/base/log.h"
#include "common/base/result.h"
#include "edge/options.h"
#include "edge/status/edge_figures.h"

namespace outhaul::edge {

/// The edge of one loop, put together: directory, identity, agents, clients, admin socket.
class Edge {
 public:
  /// Takes the data directory, opens all listeners. Errors name the file or address; the exit code
  /// is exit_configuration. All three must outlive the edge.
  static Result<std::unique_ptr<Edge>> create(Loop& loop, Log& log, const ServeOptions& options);
  ~Edge();
  Edge(const Edge&) = delete;
  Edge& operator=(const Edge&) = delete;

  /// Begins to accept agents and clients.
  void start();
  /// Takes no more clients, finishes the requests under way, then lets the agents go, all within
  /// the grace period.
  Task<void> drain();

  /// Puts in force what can change under way, for new connections and requests; the rest of the
  /// options is ignored.
  void configure(const ServeOptions& options);
  /// Reads a given certificate and its key again; see Identity::reload().
  void reload_certificate();

  /// For requests in flight once the edge drains.
  std::chrono::seconds grace_period() const;
  /// Connections of agents that are up.
  std::size_t agent_connections() const;
  EdgeFigures figures() const;

 private:
  class Parts;
  explicit Edge(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace outhaul::edge
