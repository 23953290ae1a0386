#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/async/loop.h"
#include "common/async/readiness.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "edge/agents/agent_connection.h"
#include "edge/directory/snapshot.h"
#include "edge/forwarding/tunnel_stream.h"

namespace outhaul::edge {

/// The live connections of all tunnels of this loop. Connections register themselves for as long as
/// they live; see AgentEntry.
///
/// A request goes to the best connection with room, in this order: one that is not suspect, one in
/// the edge's zone, the one with the fewest requests for its agent's weight; equal ones take turns.
class Registry final : public Tunnels, public ConnectionObserver {
 public:
  /// All must outlive the registry. `log` (null: none) hears of suspect agents.
  Registry(Loop& loop, const Limits& limits, Log* log = nullptr)
      : loop_(loop), limits_(limits), log_(log) {}

  // Tunnels
  Result<std::unique_ptr<TunnelStream>> open(const Uuid& tunnel, const http::RequestHead& head,
                                             bool has_body, std::string_view avoid) override;
  Task<bool> wait_for_connection(Uuid tunnel, Duration limit) override;

  void on_usable_changed(AgentConnection& connection) override;
  /// The other connections of a suspect agent are probed at once.
  void on_suspect_changed(AgentConnection& connection) override;

  /// Prefers agents of this zone; empty: all zones are equal.
  void set_zone(std::string zone) { zone_ = std::move(zone); }

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
    /// Agents, of these connections.
    std::size_t replicas = 0;
    std::size_t suspect = 0;
  };
  std::vector<TunnelFigures> figures() const;
  /// One agent process of a tunnel, and what its connections carry.
  struct Replica {
    Uuid tunnel;
    Uuid instance;
    std::string version;
    std::string zone;
    std::uint32_t weight = 0;
    std::size_t connections = 0;
    std::size_t usable = 0;
    std::size_t suspect = 0;
    std::size_t draining = 0;
    std::size_t requests = 0;
  };
  /// In the order in which they came, tunnel by tunnel.
  std::vector<Replica> replicas() const;
  /// Connections that were authenticated with this key.
  std::size_t connections_of_key(const Uuid& tunnel, const PublicKey& key) const;
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
    struct Member {
      AgentConnection* connection = nullptr;
      /// In another zone than the edge.
      bool far = false;
      std::uint32_t weight = 0;
    };
    std::vector<Member> connections;
    /// Where the search for a connection begins: equal ones take turns.
    std::size_t turn = 0;
    /// Set while some connection takes requests.
    Readiness usable;
    std::size_t waiting = 0;
  };
  Network& network(const Uuid& tunnel);
  static bool has_usable(const Network& network);
  static std::vector<Replica> replicas_of(const Uuid& tunnel, const Network& network);
  static bool preferred(const Network::Member& one, const Network::Member& other);
  static bool better(const Network::Member& one, const Network::Member& other, bool after_loss);
  static AgentConnection* choose(Network& network, std::string_view avoid);

  Loop& loop_;
  const Limits& limits_;
  Log* log_;
  std::string zone_;
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
