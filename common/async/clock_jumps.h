#pragma once

#include <functional>

#include "common/async/loop.h"
#include "common/async/timer.h"

namespace outhaul {

/// Notices that time went on without this process: the machine slept, or the process was stopped
/// (protocol.md section 6, "Time"). What others did meanwhile is unknown, and their deadlines that
/// passed meanwhile say nothing.
///
/// A timer of CLOCK_BOOTTIME wakes the loop at once after a sleep, which epoll_wait() would not:
/// its limit does not count the time asleep.
class ClockJumps final : private FdHandler {
 public:
  /// `jumped` is called with the time lost, when that is more than `least` (certainly when it is
  /// 1.5 times as much). It runs before the turn's coroutines and timers, and must resume none.
  ClockJumps(Loop& loop, Duration least, std::function<void(Duration lost)> jumped);
  ~ClockJumps();
  ClockJumps(const ClockJumps&) = delete;
  ClockJumps& operator=(const ClockJumps&) = delete;

 private:
  void on_fd_events(std::uint32_t events) override;

  Loop& loop_;
  Duration least_;
  Duration period_;
  std::function<void(Duration)> jumped_;
  int fd_;
  /// When the loop was here the last time.
  TimePoint seen_;
};

}  // namespace outhaul
