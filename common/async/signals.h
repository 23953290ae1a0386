#pragma once

#include <functional>
#include <initializer_list>

#include "common/async/loop.h"

namespace outhaul {

/// Delivers process signals on the loop through a signalfd. Must exist before the first thread is
/// started: it blocks the signals, and threads inherit that.
class SignalWatch final : private FdHandler {
 public:
  /// `handler(signal number)` runs from the ready queue, so it may cancel tasks. Throws
  /// std::system_error at start-up when the kernel refuses.
  SignalWatch(Loop& loop, std::initializer_list<int> signals, std::function<void(int)> handler);
  ~SignalWatch();

 private:
  class Deliver final : public Runnable {
   public:
    explicit Deliver(SignalWatch& watch) : watch_(watch) {}
    void run() override { watch_.deliver(); }

   private:
    SignalWatch& watch_;
  };
  void on_fd_events(std::uint32_t events) override;
  void deliver();

  Loop& loop_;
  int fd_ = -1;
  std::function<void(int)> handler_;
  Deliver deliver_{*this};
};

}  // namespace outhaul
