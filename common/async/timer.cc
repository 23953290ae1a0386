#include "common/async/timer.h"

#include <algorithm>
#include <ctime>

#include "common/async/loop.h"

namespace outhaul {

TimePoint LoopClock::now() noexcept {
  timespec value{};
  clock_gettime(CLOCK_BOOTTIME, &value);
  return TimePoint(std::chrono::seconds(value.tv_sec) + std::chrono::nanoseconds(value.tv_nsec));
}

void Timer::arm(Loop& loop, Duration delay) {
  unlink();
  loop.timers().add(*this, loop.now(), std::max(delay, Duration::zero()));
}

void TimerQueue::add(Timer& timer, TimePoint now, Duration delay) {
  timer.deadline_ = now + delay;
  buckets_[delay].push_back(timer);
}

TimePoint TimerQueue::next() {
  TimePoint earliest = TimePoint::max();
  for (auto bucket = buckets_.begin(); bucket != buckets_.end();) {
    if (bucket->second.empty()) {
      // Jittered delays are used once: an empty list is not kept.
      bucket = buckets_.erase(bucket);
      continue;
    }
    earliest = std::min(earliest, bucket->second.front().deadline_);
    ++bucket;
  }
  return earliest;
}

void TimerQueue::expire(TimePoint now) {
  // Collected first: a timer that arms another (or itself) with a passed deadline must not keep
  // this turn going for ever.
  IntrusiveList<Timer> due;
  for (auto& [delay, timers] : buckets_) {
    while (!timers.empty() && timers.front().deadline_ <= now)
      due.push_back(timers.pop_front());
  }
  while (!due.empty())
    due.pop_front().expired();
}

}  // namespace outhaul
