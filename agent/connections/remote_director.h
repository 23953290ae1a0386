#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "agent/connections/slot_director.h"
#include "common/async/loop.h"
#include "common/async/scope.h"

namespace outhaul::agent {

/// A director for slots of another loop than its own: every call goes there by post.
class RemoteDirector final : public SlotDirector {
 public:
  /// `director` and `tasks` live on `there`. All outlive this object; see loop_call.h.
  RemoteDirector(Loop& here, Loop& there, Scope& tasks, SlotDirector& director)
      : here_(here), there_(there), tasks_(tasks), director_(director) {}

  Task<Result<std::vector<EdgeRoute>>> find(std::size_t edge, std::uint32_t slot,
                                            PortChoice choice) override;
  void failed(std::uint32_t slot, tunnel::EdgeAddress target) override;
  void reached(std::size_t edge, std::uint32_t slot, tunnel::EdgeAddress target) override;
  void deleted() override;

 private:
  Loop& here_;
  Loop& there_;
  Scope& tasks_;
  SlotDirector& director_;
};

}  // namespace outhaul::agent
