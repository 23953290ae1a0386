#include "common/async/loop_thread.h"

#include <csignal>
#include <utility>

#include <pthread.h>

namespace outhaul {

namespace {

/// For as long as it lives. A thread begins with the mask of the one that made it, so there is no
/// moment at which a signal could reach the new one.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

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
