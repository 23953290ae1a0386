#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/async/loop.h"
#include "common/async/readiness.h"
#include "common/base/limits.h"
#include "edge/agents/agent_connection.h"
#include "edge/directory/snapshot.h"
#include "edge/forwarding/tunnel_stream.h"

namespace outhaul::edge {

/// The live connections of all tunnels of this loop. Connections register themselves for as long as
/// they live; see AgentEntry.
class Registry final : public Tunnels, public ConnectionObserver {
 public:
  /// Both must outlive the registry.
  Registry(Loop& loop, const Limits& limits) : loop_(loop), limits_(limits) {}

  // Tunnels
  Result<std::unique_ptr<TunnelStream>> open(const Uuid& tunnel, const http::RequestHead& head,
                                             bool has_body, std::string_view avoid) override;
  Task<bool> wait_for_connection(Uuid tunnel, Duration limit) override;

  void on_usable_changed(AgentConnection& connection) override;

  /// A connection of the same agent process and slot is replaced, i.e. drained.
  void add(AgentConnection& connection);
  void remove(AgentConnection& connection);

  /// Cuts the connections of tunnels that are deleted or disabled, or whose key is gone.
  void enforce(const Snapshot& snapshot);
  /// Time has passed in which this process did not run: asks every agent for life at once.
  void clock_jumped();
  /// Drains every connection.
  void drain_all(const std::string& reason);

  std::size_t connections() const;
  /// Of the tunnels that were connected or asked for since the start.
  struct TunnelFigures {
    Uuid tunnel;
    std::size_t connections = 0;
    /// Those that take requests.
    std::size_t usable = 0;
    /// Requests that they carry, and requests that wait for a connection.
    std::size_t requests = 0;
    std::size_t held = 0;
  };
  std::vector<TunnelFigures> figures() const;
  /// Tunnels with a usable connection.
  std::vector<Uuid> tunnels() const;
  /// Names of the usable connections of a tunnel.
  std::vector<std::string> usable_connections(const Uuid& tunnel) const;
  /// Opens a request on exactly this connection. not_found when it is gone; else as open().
  Result<std::unique_ptr<TunnelStream>> open_on(const Uuid& tunnel, std::string_view connection,
                                                const http::RequestHead& head, bool has_body);
  std::size_t connections(const Uuid& tunnel) const;
  /// JSON object: tunnel id -> number of usable connections.
  std::string to_json() const;

 private:
  struct Network {
    explicit Network(Loop& loop) : usable(loop) {}
    std::vector<AgentConnection*> connections;
    /// Set while some connection takes requests.
    Readiness usable;
    std::size_t waiting = 0;
  };
  Network& network(const Uuid& tunnel);
  static bool has_usable(const Network& network);
  static bool better(const AgentConnection& one, const AgentConnection& other, bool after_loss);
  static AgentConnection* choose(const Network& network, std::string_view avoid);

  Loop& loop_;
  const Limits& limits_;
  std::map<Uuid, Network> networks_;
};

/// Registers a connection for as long as this object lives.
class AgentEntry {
 public:
  AgentEntry(Registry& registry, AgentConnection& connection)
      : registry_(registry), connection_(connection) {
    registry_.add(connection_);
  }
  ~AgentEntry() { registry_.remove(connection_); }
  AgentEntry(const AgentEntry&) = delete;
  AgentEntry& operator=(const AgentEntry&) = delete;

 private:
  Registry& registry_;
  AgentConnection& connection_;
};

}  // namespace outhaul::edge
