#include "common/net/expiry_watch.h"

#include <algorithm>
#include <utility>

#include "common/async/timed_wait.h"

namespace outhaul::net {

namespace {

using std::chrono::hours;

constexpr hours day{24};
constexpr hours warned_before = 30 * day;
constexpr hours error_before = day;
constexpr hours warned_again_after = day;
constexpr hours look_interval{1};

}  // namespace

ExpiryWatch::Holder ExpiryWatch::hold(std::string name, Time not_after) {
  const std::lock_guard lock(mutex_);
  for (Entry& entry : entries_) {
    if (entry.copy.name != name || entry.copy.not_after != not_after) continue;
    if (Holder held = entry.certificate.lock()) return held;
    auto holder = std::make_shared<const Certificate>(entry.copy);
    entry.certificate = holder;
    return holder;
  }
  auto holder = std::make_shared<const Certificate>(Certificate{std::move(name), not_after});
  entries_.push_back({holder, *holder, {}});
  loop_.post([added = std::weak_ptr<Readiness>(added_)] {
    if (const auto alive = added.lock()) alive->set();
  });
  return holder;
}

std::vector<ExpiryWatch::Certificate> ExpiryWatch::certificates() const {
  const std::lock_guard lock(mutex_);
  std::vector<Certificate> held;
  for (const Entry& entry : entries_) {
    if (entry.certificate.expired()) continue;
    const auto same = std::ranges::find(held, entry.copy.name, &Certificate::name);
    if (same == held.end()) {
      held.push_back(entry.copy);
    } else {
      same->not_after = std::min(same->not_after, entry.copy.not_after);
    }
  }
  return held;
}

void ExpiryWatch::warn(Log& log, Time now) {
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [now](const Entry& entry) {
    return entry.certificate.expired() && now - entry.warned >= warned_again_after;
  });
  for (Entry& entry : entries_) {
    const auto left = entry.copy.not_after - now;
    if (entry.certificate.expired() || left >= warned_before) continue;
    if (now - entry.warned < warned_again_after) continue;
    entry.warned = now;
    const auto days = std::chrono::floor<std::chrono::days>(left).count();
    const LogField fields[] = {
        {"certificate", entry.copy.name},
        {"days_left", days},
        {"message", left > Time::duration::zero() ? "renew it" : "it has expired: renew it"}};
    if (left < error_before) {
      log.write(LogLevel::error, "certificate_expires", fields);
    } else {
      log.write(LogLevel::warn, "certificate_expires", fields);
    }
  }
}

double seconds_left(const ExpiryWatch::Certificate& certificate) {
  const auto left = certificate.not_after - std::chrono::system_clock::now();
  return std::chrono::duration<double>(left).count();
}

Task<void> ExpiryWatch::run(Log& log) {
  for (;;) {
    added_->clear();
    warn(log, std::chrono::system_clock::now());
    co_await wait_for(loop_, *added_, look_interval);
  }
}

}  // namespace outhaul::net
