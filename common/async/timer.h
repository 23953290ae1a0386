#pragma once

#include <chrono>
#include <map>

#include "common/base/intrusive_list.h"

namespace outhaul {

class Loop;

using Duration = std::chrono::nanoseconds;

/// The loop's clock: monotonic and counting suspend (CLOCK_BOOTTIME), so a machine that slept
/// finds its deadlines passed when it wakes.
struct LoopClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<LoopClock>;
  static constexpr bool is_steady = true;
  static time_point now() noexcept;
};
using TimePoint = LoopClock::time_point;

/// A deadline. Arming an armed timer moves it; destroying it cancels.
class Timer : public ListNode {
 public:
  /// Calls expired() once, `delay` from the loop's current time (>= 0), unless cancelled.
  void arm(Loop& loop, Duration delay);
  void cancel() { unlink(); }
  bool armed() const { return linked(); }

 protected:
  virtual ~Timer() = default;
  /// Runs on the loop with no coroutine on the stack.
  virtual void expired() = 0;

 private:
  friend class TimerQueue;
  TimePoint deadline_;
};

/// Timers in one list per distinct delay: all timers of one delay expire in the order in which
/// they were armed, so arming and cancelling are O(1) but for a look-up among the few delays that
/// a program uses.
class TimerQueue {
 public:
  void add(Timer& timer, TimePoint now, Duration delay);
  /// The earliest deadline, or TimePoint::max() when none is armed.
  TimePoint next();
  /// Runs every timer whose deadline has passed.
  void expire(TimePoint now);

 private:
  std::map<Duration, IntrusiveList<Timer>> buckets_;
};

}  // namespace outhaul
