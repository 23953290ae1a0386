#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "agent/connections/edge_connection.h"
#include "agent/connections/slot.h"
#include "agent/connections/slot_director.h"
#include "common/async/scope.h"
#include "common/async/task.h"

namespace outhaul::agent {

/// Which of the agent's slots a group has: `first`, `first + step`, and so on below `end`. Groups
/// of one agent have the same step and end, which share the slots out among them.
struct SlotNumbers {
  std::uint32_t first = 0;
  std::uint32_t step = 1;
  std::uint32_t end = 0;
};

/// What the groups of one agent have in common. The director and `rejections` outlive them.
struct SlotOrders {
  SlotDirector& director;
  std::atomic<std::uint32_t>& rejections;
  Uuid instance;
  std::vector<tunnel::EdgeAddress> edges;
};

/// The slots (slot.h) of one loop. Of that loop's thread, but for what says otherwise.
class SlotGroup {
 public:
  /// `context` outlives the group.
  SlotGroup(ConnectionContext& context, SlotOrders orders, SlotNumbers numbers);

  Loop& loop() const { return context_.loop; }
  /// Once; also before the loop's thread runs.
  void start();

  /// Edges are others from now on, as may be the credentials of ConnectionContext. With `replace`
  /// the connections there are are outdated; renew_outdated() replaces them.
  void use_edges(std::vector<tunnel::EdgeAddress> edges, bool replace);
  /// Whether the connection of this slot, which is of the group, is outdated; it is being replaced
  /// then.
  bool renew_outdated(std::uint32_t slot);
  /// As of Slot.
  void edge_is_back(std::size_t edge);
  void clock_jumped();

  /// Stops dialling, lets requests under way finish, and cuts what is left after `grace`.
  Task<void> drain(Duration grace);

  /// From any thread.
  std::size_t connections_serving() const { return serving_.load(std::memory_order_relaxed); }
  std::size_t active_requests() const;
  /// One for each slot.
  std::vector<ConnectionFigures> connections() const;

 private:
  void count_serving();
  /// Destroys what is left of the slots.
  void cut();
  /// Whether all slots have ended within `limit`.
  Task<bool> drained_within(Duration limit);

  ConnectionContext& context_;
  SlotNumbers numbers_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::atomic<std::size_t> serving_{0};
  Scope tasks_;
  SlotContext slot_context_;
};

}  // namespace outhaul::agent
