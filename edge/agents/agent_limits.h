#pragma once

#include <chrono>
#include <cstddef>

namespace outhaul::edge {

/// Limits of what agents may hold at the edge, beside those of protocol.md section 8.
struct AgentLimits {
  /// Connections that have not been accepted as an agent's yet, of all listeners together. One more
  /// is cut at once, so that strangers cannot fill the memory.
  std::size_t half_open = 1024;
  /// Connections of one tunnel, all agents together. One more is answered 503.
  std::size_t connections_per_tunnel = 256;
  /// Without a byte for so long after a request, a connection is sent a PING.
  std::chrono::milliseconds suspect_quiet{500};
  /// Without a byte for so long after that PING it is suspect: others are preferred.
  std::chrono::milliseconds suspect_answer{1000};
};

inline constexpr AgentLimits default_agent_limits{};

}  // namespace outhaul::edge
