#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "agent/connections/edge_finder.h"
#include "agent/reach/edge_route.h"
#include "common/async/task.h"
#include "common/base/result.h"
#include "common/tunnel/edge_address.h"

namespace outhaul::agent {

/// What a slot asks and tells the rest of the agent. On the agent's own loop that is the
/// Supervisor; on the others, whoever carries it there (RemoteDirector). It outlives the slots.
class SlotDirector {
 public:
  virtual ~SlotDirector() = default;

  /// As EdgeFinder::find().
  virtual Task<Result<std::vector<EdgeRoute>>> find(std::size_t edge, std::uint32_t slot,
                                                    PortChoice choice) = 0;
  /// An attempt of this slot, which went to `target` at last, was in vain.
  virtual void failed(std::uint32_t slot, tunnel::EdgeAddress target) = 0;
  /// The slot has a new connection to the edge, at `target`.
  virtual void reached(std::size_t edge, std::uint32_t slot, tunnel::EdgeAddress target) = 0;
  /// An edge says that the tunnel was deleted.
  virtual void deleted() = 0;
};

}  // namespace outhaul::agent
