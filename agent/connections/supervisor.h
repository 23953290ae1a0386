#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "agent/connections/edge_finder.h"
#include "agent/connections/slot_director.h"
#include "agent/connections/slot_group.h"
#include "common/async/loop.h"
#include "common/async/task.h"
#include "common/base/ip_address.h"
#include "common/base/log.h"
#include "common/dns/resolver.h"

namespace outhaul::agent {

/// Keeps the agent's connections to the edges alive, one a slot (slot.h), for ever; no failure of
/// the network ends it. Slots are spread over the edges and over the addresses of an edge, and a
/// slot whose edge fails goes on to the next one.
///
/// The slots live in groups, one a loop, and slot N is in group N modulo their number. This is what
/// they agree on: it lives on the agent's own loop, knows the edges, and speaks to the groups of
/// other loops by post.
class Supervisor final : public SlotDirector {
 public:
  /// Whom to tell; either may be empty.
  struct Listeners {
    /// The addresses of an edge, whenever its name was resolved, so that the policy protects them.
    std::function<void(const std::vector<IpAddress>&)> addresses;
    /// An edge says that the tunnel was deleted.
    std::function<void()> deleted;
  };
  /// All references outlive the supervisor.
  Supervisor(Loop& loop, Log& log, dns::Resolver& resolver, const ReachOptions& reach,
             std::vector<tunnel::EdgeAddress> edges, EdgeTrust trust, Listeners listeners);

  /// What a group is to be made with. `director` is this supervisor, or who carries it to another
  /// loop.
  SlotOrders orders(SlotDirector& director);
  /// The groups, in the order of their numbers; before any of them starts. `slots` is the number of
  /// slots in all of them. The groups outlive the supervisor's last call: the agent ends all
  /// threads before it destroys either.
  void manage(std::vector<SlotGroup*> groups, std::uint32_t slots);

  /// The edges are others from now on, and the groups have been told, or will be by what was
  /// posted before. With `replace`, the connections there are are replaced as well, one after the
  /// other, each only when its replacement serves. When one cannot be replaced, those behind it
  /// stay as they are meanwhile.
  void use_edges(std::vector<tunnel::EdgeAddress> edges, bool replace);
  /// See EdgeFinder::set_proxy().
  void use_proxy(std::shared_ptr<const Proxy> proxy) { edges_.set_proxy(std::move(proxy)); }

  /// Slots with a connection that can carry requests now.
  std::size_t connections_serving() const;

  // For slots of this loop.
  Task<Result<std::vector<EdgeRoute>>> find(std::size_t edge, std::uint32_t slot,
                                            PortChoice choice) override;
  void failed(std::uint32_t slot, tunnel::EdgeAddress target) override;
  void reached(std::size_t edge, std::uint32_t slot, tunnel::EdgeAddress target) override;
  void deleted() override;

 private:
  /// Lets the first slot from `slot` on whose connection is outdated replace it. A slot that is at
  /// it already goes on.
  void pass_turn(std::uint32_t slot);

  Loop& loop_;
  Log& log_;
  EdgeFinder edges_;
  std::function<void()> deleted_;
  std::atomic<std::uint32_t> rejections_{0};
  Uuid instance_;
  std::vector<SlotGroup*> groups_;
  std::uint32_t slots_ = 0;
};

}  // namespace outhaul::agent
