#include "common/async/loop.h"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <sys/eventfd.h>
#include <unistd.h>

namespace outhaul {

namespace {

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

/// Work that other threads hand to the loop.
class Loop::Inbox final : public FdHandler {
 public:
  explicit Inbox(Loop& loop) : loop_(loop), fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (fd_ < 0) throw_errno("eventfd");
    loop_.add(fd_, EPOLLIN | EPOLLET, *this);
  }
  ~Inbox() {
    loop_.remove(fd_, *this);
    close(fd_);
  }

  void put(std::function<void()> work) {
    {
      const std::lock_guard lock(mutex_);
      work_.push_back(std::move(work));
    }
    const std::uint64_t one = 1;
    // A full counter cannot happen, and the fd is non-blocking: the result says nothing new.
    [[maybe_unused]] const auto written = write(fd_, &one, sizeof one);
  }

  void on_fd_events(std::uint32_t) override { loop_.ready(drain_); }

 private:
  class Drain final : public Runnable {
   public:
    explicit Drain(Inbox& inbox) : inbox_(inbox) {}
    void run() override { inbox_.run_all(); }

   private:
    Inbox& inbox_;
  };

  void run_all() {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = read(fd_, &count, sizeof count);
    std::vector<std::function<void()>> work;
    {
      const std::lock_guard lock(mutex_);
      work.swap(work_);
    }
    for (auto& item : work)
      item();
  }

  Loop& loop_;
  int fd_;
  Drain drain_{*this};
  std::mutex mutex_;
  std::vector<std::function<void()>> work_;
};

Loop::Loop()
    : epoll_fd_(epoll_create1(EPOLL_CLOEXEC)),
      now_(LoopClock::now()),
      receive_buffer_(std::make_unique_for_overwrite<std::byte[]>(receive_buffer_size)) {
  if (epoll_fd_ < 0) throw_errno("epoll_create1");
  inbox_ = std::make_unique<Inbox>(*this);
}

Loop::~Loop() {
  inbox_.reset();
  close(epoll_fd_);
}

void Loop::run() {
  stopped_ = false;
  while (!stopped_)
    run_turn(std::chrono::hours(1));
}

void Loop::run_turn(Duration longest_wait) {
  // Rounded up, so that a timer is due when the wait ends. (epoll_pwait2 would need glibc 2.35.)
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(time_to_wait(longest_wait));
  const int count = epoll_wait(epoll_fd_, events_.data(), static_cast<int>(events_.size()),
                               static_cast<int>(wait.count()));
  if (count < 0 && errno != EINTR) throw_errno("epoll_wait");
  now_ = LoopClock::now();

  event_count_ = count > 0 ? static_cast<std::size_t>(count) : 0;
  for (std::size_t i = 0; i < event_count_; ++i) {
    if (auto* handler = static_cast<FdHandler*>(events_[i].data.ptr)) {
      handler->on_fd_events(events_[i].events);
    }
  }
  event_count_ = 0;
  run_queue(ready_);
  timers_.expire(now_);
  run_queue(ready_);
  run_queue(end_of_turn_);
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

Duration Loop::time_to_wait(Duration longest_wait) {
  if (!ready_.empty() || !end_of_turn_.empty()) return Duration::zero();
  const TimePoint next = timers_.next();
  if (next == TimePoint::max()) return longest_wait;
  return std::clamp(next - LoopClock::now(), Duration::zero(), longest_wait);
}

void Loop::run_queue(IntrusiveList<Runnable>& queue) {
  // What gets ready meanwhile waits for the next turn: a pair of coroutines that keep waking each
  // other must not starve I/O and timers.
  IntrusiveList<Runnable> batch;
  batch.splice_back(queue);
  while (!batch.empty())
    batch.pop_front().run();
}

void Loop::post(std::function<void()> work) {
  inbox_->put(std::move(work));
}

void Loop::ready(Runnable& runnable) {
  if (!runnable.linked()) ready_.push_back(runnable);
}

void Loop::at_end_of_turn(Runnable& runnable) {
  if (!runnable.linked()) end_of_turn_.push_back(runnable);
}

void Loop::add(int fd, std::uint32_t events, FdHandler& handler) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &handler;
  if (epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) < 0) throw_errno("epoll_ctl add");
}

void Loop::modify(int fd, std::uint32_t events, FdHandler& handler) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &handler;
  if (epoll_ctl(epoll_fd_, EPOLL_CTL_MOD, fd, &event) < 0) throw_errno("epoll_ctl mod");
}

void Loop::remove(int fd, FdHandler& handler) {
  epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, nullptr);
  for (std::size_t i = 0; i < event_count_; ++i) {
    if (events_[i].data.ptr == &handler) events_[i].data.ptr = nullptr;
  }
}

void Loop::fail(std::exception_ptr exception) {
  if (!failure_) failure_ = std::move(exception);
}

}  // namespace outhaul
