#pragma once

#include <atomic>
#include <cstdint>

namespace outhaul::agent {

/// What one service has in use at this agent, for the caps of its settings. Shared by all
/// descriptors of the service, on all loops of the process.
struct ServiceUse {
  /// Requests under way, TCP and WebSocket streams included.
  std::atomic<std::uint32_t> requests{0};
  /// Open TCP streams among them.
  std::atomic<std::uint32_t> tcp_streams{0};
  /// Origin connections, idle ones and those that are being dialled included.
  std::atomic<std::uint32_t> connections{0};
};

/// One more of what `count` counts, unless there are `limit`: false, and nothing has changed.
template <typename Integer>
bool take_one(std::atomic<Integer>& count, Integer limit) {
  if (count.fetch_add(1, std::memory_order_relaxed) < limit) return true;
  count.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

template <typename Integer>
void give_one_back(std::atomic<Integer>& count) {
  count.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace outhaul::agent
