#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include <sys/epoll.h>

#include "common/async/runnable.h"
#include "common/async/timer.h"
#include "common/base/bytes.h"
#include "common/base/intrusive_list.h"

namespace outhaul {

/// Receives the epoll events of one file descriptor.
class FdHandler {
 public:
  /// `events` as epoll reports them. Must not run coroutines: mark and schedule instead.
  virtual void on_fd_events(std::uint32_t events) = 0;

 protected:
  ~FdHandler() = default;
};

/// One thread's event loop: edge-triggered epoll, a ready queue and timers.
///
/// A turn is: wait for events -> mark what became ready -> run the ready queue -> run passed timers
/// -> run the ready queue -> run the end-of-turn queue. I/O comes before timers, so that a process
/// that was stopped for a while sees the bytes that arrived before it declares anybody dead.
///
/// Coroutines are resumed from the ready queue only, never from inside a library's callback, and
/// nothing is destroyed while it runs. Not thread-safe, except post().
class Loop {
 public:
  /// Bytes of the receive buffer that all connections of this loop share.
  static constexpr std::size_t receive_buffer_size = 64 * 1024;

  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Runs turns until stop(). Rethrows what escaped from a background task.
  void run();
  /// Ends run() after the current turn. Only from the loop's own thread; others post it.
  void stop() { stopped_ = true; }
  /// Runs one turn; waits for events for at most `longest_wait`.
  void run_turn(Duration longest_wait);

  /// Runs `work` on the loop's thread, soon. May be called from any thread and from callbacks.
  void post(std::function<void()> work);

  /// Puts `runnable` behind what is ready already. No effect if it is queued.
  void ready(Runnable& runnable);
  /// Runs `runnable` after everything that is ready now: the place to send in one go what a turn
  /// produced. No effect if it is queued.
  void at_end_of_turn(Runnable& runnable);

  /// The time at which this turn began.
  TimePoint now() const { return now_; }
  TimerQueue& timers() { return timers_; }

  /// Registers `fd` for `events` (EPOLLIN...); the handler must stay until remove().
  /// Errors (fd limit of epoll) are programming or start-up errors and throw std::system_error.
  void add(int fd, std::uint32_t events, FdHandler& handler);
  void modify(int fd, std::uint32_t events, FdHandler& handler);
  /// Forgets `fd`, also for events that were collected but not delivered yet.
  void remove(int fd, FdHandler& handler);

  /// Scratch space for receiving. Valid until the caller returns to the loop: its contents never
  /// outlive the turn.
  MutableBytes receive_buffer() { return {receive_buffer_.get(), receive_buffer_size}; }

  /// Reports an exception that escaped from a background task; run() rethrows it.
  void fail(std::exception_ptr exception);

 private:
  class Inbox;
  void run_queue(IntrusiveList<Runnable>& queue);
  Duration time_to_wait(Duration longest_wait);

  int epoll_fd_;
  bool stopped_ = false;
  TimePoint now_;
  TimerQueue timers_;
  IntrusiveList<Runnable> ready_;
  IntrusiveList<Runnable> end_of_turn_;
  std::array<epoll_event, 256> events_;
  std::size_t event_count_ = 0;
  std::unique_ptr<std::byte[]> receive_buffer_;
  std::exception_ptr failure_;
  std::unique_ptr<Inbox> inbox_;
};

}  // namespace outhaul
