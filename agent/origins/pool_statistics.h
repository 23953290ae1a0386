#pragma once

#include <cstddef>
#include <cstdint>

namespace outhaul::agent {

/// Figures of an origin pool, for metrics. Connections of all kinds, TCP services' included.
struct PoolStatistics {
  // --- now ---
  /// Connections that carry a request, or are being dialled.
  std::size_t active = 0;
  /// Connections without a request that are kept for the next.
  std::size_t idle = 0;
  /// HTTP/2 connections among both, and the requests on them.
  std::size_t http2_connections = 0;
  std::size_t http2_requests = 0;
  /// Addresses whose circuit is open.
  std::size_t circuits_open = 0;
  // --- since the start ---
  std::uint64_t opened = 0;
  /// Requests that found a connection.
  std::uint64_t reused = 0;
  /// Requests that were sent again because a connection ended or refused them.
  std::uint64_t retried = 0;
  /// Requests that were answered 503 because of a cap, and because of an open circuit.
  std::uint64_t refused_by_cap = 0;
  std::uint64_t refused_by_circuit = 0;
};

}  // namespace outhaul::agent
