#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "common/async/timer.h"

namespace outhaul::h2 {

/// What the receiving end knows of the path to its peer: how long a round trip takes while nothing
/// stands in its way, and how much arrives in one. Both come from frames that the peer has to
/// answer; this class says when one may be sent, and what its answer means.
///
///   if (path.due(now)) { path.begin(now); send PING; }
///   ...ACK: const Duration took = path.end(now);
///   window = path.window_for(bytes that came meanwhile, took);
class PathEstimate {
 public:
  /// At most so many measurements at once, and one a second in the long run: far below the PINGs
  /// that peers allow (Limits::pings, 50 in 10 s).
  static constexpr std::uint32_t burst = 8;
  static constexpr std::chrono::seconds interval{1};
  /// After that the shortest round trip is forgotten: the path may have become another one.
  static constexpr std::chrono::seconds memory{60};

  /// Twice because credit returns once half of the window is consumed, so that a sender may have
  /// no more than the other half; and twice so that one who was held up by the window shows it.
  static constexpr std::uint32_t headroom = 4;

  /// Before it, nothing is due.
  void enable(TimePoint now) { due_at_ = now; }
  /// Whether a measurement may begin. Cheap: asked for each DATA frame.
  bool due(TimePoint now) const { return now >= due_at_; }
  void begin(TimePoint now);
  /// The answer has come; how long it took. Only after begin().
  Duration end(TimePoint now);
  /// A round trip that was timed otherwise.
  void add(Duration round_trip, TimePoint now);

  /// The latest one.
  std::optional<Duration> latest() const { return latest_; }
  /// The window that keeps the path busy, when `bytes` arrived in `round_trip`: what arrives in the
  /// shortest round trip, times `headroom`. A queue on the way makes round trips longer, but not
  /// the window.
  std::uint64_t window_for(std::uint64_t bytes, Duration round_trip) const;

 private:
  TimePoint due_at_ = TimePoint::max();
  TimePoint began_{};
  TimePoint refilled_at_{};
  std::uint32_t left_ = burst;
  std::optional<Duration> latest_;
  Duration shortest_{};
  TimePoint shortest_at_{};
};

}  // namespace outhaul::h2
