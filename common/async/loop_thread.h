#pragma once

#include <exception>
#include <functional>
#include <string>
#include <thread>

#include "common/async/loop.h"

namespace outhaul {

/// A loop that runs on a thread of its own, with all signals blocked there.
///
/// What lives on the loop is made before start() and destroyed after stop(), by the thread that
/// calls the two: while the loop does not run, it and all that is on it belong to that thread.
class LoopThread {
 public:
  /// `name` is what the kernel shows of the thread, at most 15 bytes.
  explicit LoopThread(std::string name) : name_(std::move(name)) {}
  ~LoopThread() { stop(); }
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;

  Loop& loop() { return loop_; }
  /// Once. `failed` is called on the new thread with what escaped from the loop, which then runs no
  /// more.
  void start(std::function<void(std::exception_ptr)> failed);
  /// Ends the loop after its current turn and waits for the thread. No effect if it does not run.
  void stop();

 private:
  void run(const std::function<void(std::exception_ptr)>& failed);

  std::string name_;
  Loop loop_;
  std::thread thread_;
};

}  // namespace outhaul
