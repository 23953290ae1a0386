#include "common/async/loop_thread.h"

#include <utility>

#include <pthread.h>

#include "common/base/signals_blocked.h"

namespace outhaul {

void LoopThread::start(std::function<void(std::exception_ptr)> failed) {
  const SignalsBlocked blocked;
  thread_ = std::thread([this, told = std::move(failed)] { run(told); });
  pthread_setname_np(thread_.native_handle(), name_.c_str());
}

void LoopThread::run(const std::function<void(std::exception_ptr)>& failed) {
  try {
    loop_.run();
  } catch (...) {
    failed(std::current_exception());
  }
}

void LoopThread::stop() {
  if (!thread_.joinable()) return;
  loop_.post([this] { loop_.stop(); });
  thread_.join();
}

}  // namespace outhaul
