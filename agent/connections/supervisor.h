#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "agent/connections/edge_connection.h"
#include "agent/connections/edge_finder.h"
#include "agent/connections/slot.h"
#include "common/async/scope.h"
#include "common/async/task.h"
#include "common/base/ip_address.h"
#include "common/dns/resolver.h"

namespace outhaul::agent {

/// Keeps `limits.connections_per_agent` connections to the edges alive, one a slot (slot.h), for
/// ever; no failure of the network ends it. Slots are spread over the edges and over the addresses
/// of an edge, and a slot whose edge fails goes on to the next one.
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
             std::vector<tunnel::EdgeAddress> edges, EdgeTrust trust, Listeners listeners);

  void start();

  /// Credentials (of ConnectionContext) or edges are others from now on. New connections use them;
  /// with `replace`, those there are are replaced as well, one after the other, each only when its
  /// replacement serves. When one cannot be replaced, those behind it stay as they are meanwhile.
  void use_edges(std::vector<tunnel::EdgeAddress> edges, bool replace);
  /// See EdgeFinder::set_proxy().
  void use_proxy(std::shared_ptr<const Proxy> proxy) { edges_.set_proxy(std::move(proxy)); }

  /// Time has passed in which this process did not run: asks every edge for life, and dials at once
  /// where there is no connection.
  void clock_jumped();

  /// Stops dialling, lets requests under way finish, and cuts what is left after `grace`.
  Task<void> drain(Duration grace);

  std::size_t connections_serving() const;
  std::size_t active_requests() const;
  /// One for each slot.
  std::vector<ConnectionFigures> connections() const;

 private:
  /// Lets the next slot replace an outdated connection, unless one is at it.
  void pass_turn();
  /// Destroys what is left of the slots.
  void cut();
  /// Whether all slots have ended within `limit`.
  Task<bool> drained_within(Duration limit);

  ConnectionContext& context_;
  EdgeFinder edges_;
  std::vector<std::unique_ptr<Slot>> slots_;
  Scope tasks_;
  SlotContext slot_context_;
};

}  // namespace outhaul::agent
