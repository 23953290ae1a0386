#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/async/timer.h"

namespace outhaul::agent {

struct ConnectionEnd;

enum class ConnectionState : std::uint8_t {
  waiting,     ///< there is none: it waits to dial
  connecting,  ///< dialling and everything before it serves
  serving,
  draining,  ///< takes nothing new
};
inline constexpr std::array connection_states{ConnectionState::waiting, ConnectionState::connecting,
                                              ConnectionState::serving, ConnectionState::draining};

/// "waiting" ... "draining".
std::string_view to_string(ConnectionState state);

/// A slot and the connection in it, now.
struct ConnectionFigures {
  std::uint32_t slot = 0;
  ConnectionState state = ConnectionState::waiting;
  /// As configured, and the address behind it; empty while there is none.
  std::string edge;
  std::string address;
  /// Between the two, and then `address` is the proxy's; empty: none.
  std::string proxy;
  /// The edge and its name for the connection, as in the logs.
  std::string name;
  Duration serving_for{};
  /// The kernel's estimate.
  std::optional<std::chrono::microseconds> round_trip;
  std::size_t active_requests = 0;
  // Since the connection began:
  std::uint64_t requests = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_sent = 0;
  /// Times that an answer stood because the edge's window for it was used up.
  std::uint64_t stalls = 0;
  /// Receive windows: of the connection, and the largest that a stream had.
  std::uint64_t connection_window = 0;
  std::uint64_t stream_window = 0;
};

/// Connections of all slots since the start.
struct ConnectionCounters {
  /// Why a connection ended, or did not come about.
  static constexpr std::array<std::string_view, 8> reasons{
      "lost",      ///< it had served
      "closed",    ///< it had served, and an edge of the profile rhttp closed it as idle ones are
      "failed",    ///< the edge was not reached: DNS, network, TLS
      "deferred",  ///< the edge asked to come later (Retry-After), or said that it has no room
      "disabled",  ///< 403, or the versions do not fit (426)
      "deleted",   ///< 410
      "rejected",  ///< 404: unknown tunnel or wrong token
      "refused",   ///< any other answer of the edge
  };
  std::uint64_t established = 0;
  std::array<std::uint64_t, reasons.size()> ends{};

  void add(const ConnectionEnd& end);
};

}  // namespace outhaul::agent
