#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "common/async/timer.h"
#include "common/dns/answer.h"
#include "common/dns/server.h"

namespace outhaul::dns {

/// How long the questions that went to a server took.
struct LatencyHistogram {
  /// Upper bounds of the buckets; the last bucket has none.
  static constexpr std::array<std::uint32_t, 9> bounds_ms{1, 2, 5, 10, 50, 100, 500, 1000, 5000};
  std::array<std::uint64_t, bounds_ms.size() + 1> buckets{};
  std::uint64_t count = 0;
  std::uint64_t sum_us = 0;

  void add(Duration latency);
};

/// Counters of one server set, since it is known.
struct Statistics {
  /// Questions sent to servers, each counted once however many tries it took.
  std::uint64_t fetches = 0;
  /// Ends of those, by AnswerKind.
  std::array<std::uint64_t, 5> answers{};
  /// Questions answered from the cache, fresh.
  std::uint64_t cache_hits = 0;
  std::uint64_t cache_misses = 0;
  /// Questions that joined one already in flight.
  std::uint64_t coalesced = 0;
  /// Hot names asked again before their end.
  std::uint64_t refreshes = 0;
  /// Expired answers that stood in for a failure.
  std::uint64_t stale_uses = 0;
  /// Questions refused because too many were in flight.
  std::uint64_t overflows = 0;
  std::uint64_t evictions = 0;
  std::uint64_t cache_entries = 0;
  LatencyHistogram latency;
};

struct SetStatistics {
  ServerSet set;
  Statistics totals;
  std::vector<std::pair<ServerAddress, ServerStatistics>> servers;
};

}  // namespace outhaul::dns
