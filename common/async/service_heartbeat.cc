#include "common/async/service_heartbeat.h"

#include <chrono>
#include <utility>

#include "common/async/sleep.h"

namespace outhaul {

namespace {

ServiceManager::Settings read_settings(Log& log) {
  auto settings = ServiceManager::settings_from_environment();
  if (settings) return *std::move(settings);
  log.warn("service_manager", {{"message", settings.error().message}});
  return {};
}

}  // namespace

ServiceHeartbeat::ServiceHeartbeat(Loop& loop, Log& log, std::function<std::string()> status,
                                   std::function<bool()> others_turn)
    : loop_(loop),
      log_(log),
      status_(std::move(status)),
      others_turn_(std::move(others_turn)),
      manager_(read_settings(log)),
      tasks_(loop) {}

void ServiceHeartbeat::start() {
  if (!manager_.present()) return;
  reloaded();
  tasks_.spawn(report_status());
  // Half the period, so that one ping may come late.
  if (const auto period = manager_.watchdog()) tasks_.spawn(feed_watchdog(*period / 2));
}

void ServiceHeartbeat::stopping(Duration longest) {
  stopping_ = true;
  check(manager_.stopping(std::chrono::duration_cast<std::chrono::microseconds>(longest)));
}

void ServiceHeartbeat::hand_over(pid_t process) {
  check(manager_.main_process(process));
  stopping_ = true;
  tasks_.cancel_all();
}

void ServiceHeartbeat::reloading() {
  check(manager_.reloading());
}

void ServiceHeartbeat::reloaded() {
  if (!manager_.present()) return;
  told_status_ = status_();
  ready_told_ = check(manager_.ready(told_status_));
}

Task<void> ServiceHeartbeat::feed_watchdog(Duration period) {
  for (;;) {
    if (!others_turn_ || others_turn_()) check(manager_.alive());
    co_await sleep_for(loop_, period);
  }
}

Task<void> ServiceHeartbeat::report_status() {
  for (;;) {
    co_await sleep_for(loop_, status_interval);
    if (stopping_) co_return;
    // Without it the manager would give the service up.
    if (!ready_told_) reloaded();
    std::string now = status_();
    if (now == told_status_) continue;
    if (check(manager_.status(now))) told_status_ = std::move(now);
  }
}

bool ServiceHeartbeat::check(const Result<void>& told) {
  if (told) return true;
  if (!std::exchange(failure_logged_, true)) {
    log_.warn("service_manager", {{"message", told.error().message}});
  }
  return false;
}

}  // namespace outhaul
