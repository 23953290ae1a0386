#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "agent/origins/origin_key.h"
#include "common/async/timer.h"

namespace outhaul::agent {

/// Addresses that could not be connected to again and again, so that requests for them fail at once
/// instead of each waiting for a timeout of its own.
///
/// An address is *closed* (dialled freely) until `threshold` attempts in a row have failed over at
/// least `streak_time`; a burst of requests into a restart of the origin is not enough. Then it is
/// *open*: it is not dialled, but for one probe every `open_time`. The first success closes it.
class Circuits {
 public:
  static constexpr std::chrono::seconds streak_time{1};
  static constexpr std::chrono::seconds open_time{1};

  /// Whether the address may be dialled now. A yes to an open one is its probe.
  bool may_dial(const OriginKey& key, TimePoint now);
  void succeeded(const OriginKey& key);
  void failed(const OriginKey& key, std::uint32_t threshold, TimePoint now);

  /// How many are open.
  std::size_t open() const { return open_; }

 private:
  /// More addresses than this fail only if somebody makes them up: start again.
  static constexpr std::size_t entries_maximum = 4096;

  struct Circuit {
    std::uint32_t failures = 0;  // in a row
    TimePoint failing_since{};
    bool open = false;
    TimePoint next_probe{};
  };
  std::unordered_map<OriginKey, Circuit, OriginKeyHash> failing_;
  std::size_t open_ = 0;
};

}  // namespace outhaul::agent
