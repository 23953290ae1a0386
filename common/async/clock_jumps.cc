#include "common/async/clock_jumps.h"

#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace outhaul {

namespace {

timespec to_timespec(Duration duration) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
  return {seconds.count(), (duration - seconds).count()};
}

}  // namespace

ClockJumps::ClockJumps(Loop& loop, Duration least, std::function<void(Duration)> jumped)
    : loop_(loop),
      least_(least),
      period_(least / 2),
      jumped_(std::move(jumped)),
      fd_(timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC)),
      seen_(LoopClock::now()) {
  const itimerspec when{to_timespec(period_), to_timespec(period_)};
  if (fd_ < 0 || timerfd_settime(fd_, 0, &when, nullptr) < 0) {
    throw std::system_error(errno, std::generic_category(), "timerfd");
  }
  loop_.add(fd_, EPOLLIN | EPOLLET, *this);
}

ClockJumps::~ClockJumps() {
  loop_.remove(fd_, *this);
  close(fd_);
}

void ClockJumps::on_fd_events(std::uint32_t) {
  std::uint64_t periods = 0;
  [[maybe_unused]] const auto got = read(fd_, &periods, sizeof periods);
  const TimePoint before = std::exchange(seen_, loop_.now());
  const Duration lost = seen_ - before - period_;
  if (lost > least_) jumped_(lost);
}

}  // namespace outhaul
