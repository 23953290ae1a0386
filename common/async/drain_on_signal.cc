#include "common/async/drain_on_signal.h"

#include <csignal>
#include <utility>

namespace outhaul {

DrainOnSignal::DrainOnSignal(Loop& loop)
    : loop_(loop),
      signals_(loop, {SIGTERM, SIGINT}, [this](int signal) { signalled(signal); }),
      tasks_(loop) {}

void DrainOnSignal::arm(Log& log, std::function<Task<void>()> drain) {
  log_ = &log;
  drain_ = std::move(drain);
}

void DrainOnSignal::disarm() {
  tasks_.cancel_all();
  drain_ = nullptr;
}

void DrainOnSignal::signalled(int signal) {
  if (!drain_) {
    loop_.stop();
    return;
  }
  log_->info("signal", {{"signal", signal}, {"action", asked_ ? "stop" : "drain"}});
  if (std::exchange(asked_, true)) {
    loop_.stop();
    return;
  }
  tasks_.spawn(drain_and_stop());
}

Task<void> DrainOnSignal::drain_and_stop() {
  co_await drain_();
  loop_.stop();
}

}  // namespace outhaul
