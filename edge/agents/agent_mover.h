#pragma once

#include <memory>
#include <string>

#include "common/async/loop.h"
#include "common/async/scope.h"
#include "common/async/task.h"
#include "common/base/log.h"
#include "edge/agents/registry.h"

namespace outhaul::edge {

/// Asks the connected agents to connect elsewhere before this edge leaves: the control request
/// `drain` (protocol.md section 6). Their connections stay usable; whoever drains the edge ends
/// them afterwards.
class AgentMover {
 public:
  /// All references outlive the mover.
  AgentMover(Loop& loop, Log& log, Registry& registry)
      : loop_(loop), log_(log), registry_(registry), tunnels_(loop) {}

  /// All tunnels at once, but the connections of one tunnel one after the other, so that its agents
  /// are never without one. Ends when every agent has answered, or has not within `limit` of being
  /// asked.
  Task<void> move_all(Duration limit);

 private:
  Task<void> move_tunnel(Uuid tunnel, Duration limit);
  /// How it went, for the log: "moved" or why not.
  Task<std::string> move_connection(Uuid tunnel, std::string connection, Duration limit);

  Loop& loop_;
  Log& log_;
  Registry& registry_;
  Scope tunnels_;
};

}  // namespace outhaul::edge
