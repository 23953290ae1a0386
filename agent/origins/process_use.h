#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "agent/origins/service_use.h"
#include "common/base/uuid.h"

namespace outhaul::agent {

/// What all loops of the process have in use together, for the caps of the agent and of its
/// services. From any thread.
class ProcessUse {
 public:
  /// Requests under way.
  std::atomic<std::size_t> requests{0};
  /// Origin connections, idle ones and those that are being dialled included.
  std::atomic<std::size_t> connections{0};

  /// Of a service; never null. Takes a lock: for when a descriptor is seen first, not for each
  /// request.
  std::shared_ptr<ServiceUse> of(const Uuid& service);

 private:
  std::mutex mutex_;
  /// An entry outlives its descriptors only while requests or connections count in it.
  std::unordered_map<Uuid, std::weak_ptr<ServiceUse>> services_;
};

}  // namespace outhaul::agent
