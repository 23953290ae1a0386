#pragma once

#include <cstdint>

#include "common/async/timer.h"
#include "common/base/limits.h"

namespace outhaul::agent {

/// How long to wait before the next attempt to reach an edge (protocol.md section 6): at once, but
/// for a small jitter, after a connection that worked; then "full jitter", a random share of a
/// bound that doubles from 1 s to 60 s. A connection that lived for five minutes forgets the past;
/// the end of one that lived for ten seconds is answered at once, and the bound stays.
///
/// An edge that is being restarted refuses connections, which costs it nothing. There the wait is a
/// random share of 3 s once and 3 s from then on, for ten minutes: all agents are back 3 s after
/// the edge is, and they come evenly, however long it was away. Full jitter would bring most of
/// them at once and the last after a minute.
class Backoff {
 public:
  explicit Backoff(const Limits& limits) : limits_(limits) {}

  /// The attempt or the connection ended. `lived` is how long the connection served; 0 for none.
  /// Returns the delay before the next attempt.
  Duration next(Duration lived);
  /// The edge asked for `wanted` (Retry-After): that long plus up to a fifth, and the bound grows.
  Duration at_least(Duration wanted);
  /// Nothing listens at the edge's address, or what is before the edge let go before TLS.
  Duration refused();
  /// Failures in a row.
  std::uint32_t failures() const { return failures_; }

 private:
  const Limits& limits_;
  std::uint32_t failures_ = 0;
  /// In a row, since the last other failure or success.
  std::uint32_t refusals_ = 0;
};

/// A random duration in [0, bound), from the operating system's generator.
Duration random_duration(Duration bound);

}  // namespace outhaul::agent
