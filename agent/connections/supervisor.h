#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "agent/connections/backoff.h"
#include "agent/connections/edge_connection.h"
#include "common/async/readiness.h"
#include "common/async/scope.h"
#include "common/base/ip_address.h"
#include "common/dns/resolver.h"

namespace outhaul::agent {

/// Keeps `limits.connections_per_agent` connections to the edges alive: each slot dials, serves,
/// waits by the back-off and dials again, for ever; no failure of the network ends it. Slots are
/// spread over the edges, and a slot whose edge fails goes on to the next one. Names are resolved
/// again for every attempt.
class Supervisor {
 public:
  /// Whom to tell; either may be empty.
  struct Listeners {
    /// The addresses of an edge, whenever its name was resolved, so that the policy protects them.
    std::function<void(const std::vector<IpAddress>&)> addresses;
    /// An edge says that the tunnel was deleted.
    std::function<void()> deleted;
  };
  /// All references outlive the supervisor.
  Supervisor(ConnectionContext& context, dns::Resolver& resolver,
             std::vector<tunnel::EdgeAddress> edges, Listeners listeners);

  void start();

  /// Stops dialling, lets requests under way finish, and cuts what is left after `grace`.
  Task<void> drain(Duration grace);

  std::size_t connections_serving() const;
  std::size_t active_requests() const;
  /// One for each slot.
  std::vector<ConnectionFigures> connections() const;

 private:
  /// Destroys what is left of the slots.
  void cut();
  /// Whether all slots have ended within `limit`.
  Task<bool> drained_within(Duration limit);
  Task<void> keep_connected(std::uint32_t slot);
  Task<Result<std::vector<net::SocketAddress>>> resolve(const tunnel::EdgeAddress& edge);
  Task<ConnectionEnd> connect_once(std::uint32_t slot, const tunnel::EdgeAddress& edge);
  Duration delay_after(const ConnectionEnd& end, Backoff& backoff);
  void report(const ConnectionEnd& end, std::uint32_t slot, const tunnel::EdgeAddress& edge,
              Duration delay);

  ConnectionContext& context_;
  dns::Resolver& resolver_;
  std::vector<tunnel::EdgeAddress> edges_;
  Listeners listeners_;
  Uuid instance_ = Uuid::random();
  std::vector<EdgeConnection*> connections_;  // by slot; null while there is none
  std::uint32_t rejections_ = 0;              // 404 answers in a row
  Readiness stopping_;
  Scope slots_;
};

}  // namespace outhaul::agent
