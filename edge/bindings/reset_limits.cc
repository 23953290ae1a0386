#include "edge/bindings/reset_limits.h"

#include <algorithm>
#include <utility>

namespace outhaul::edge {

namespace {

/// More are looked through for those that nobody used lately.
constexpr std::size_t kept_bindings = 1024;

/// After so long without an event a meter is full again, as a new one is.
Duration refill_time(const RateLimit& limit) {
  return limit.period * (limit.burst / limit.count + 1);
}

}  // namespace

bool ResetLimits::allow_peer_reset(std::string_view binding, TimePoint now) {
  return meters(binding, now).peer.allow(now);
}

bool ResetLimits::allow_caused_reset(std::string_view binding, TimePoint now) {
  return meters(binding, now).caused.allow(now);
}

ResetLimits::Meters& ResetLimits::meters(std::string_view binding, TimePoint now) {
  std::string key(binding);
  auto found = meters_.find(key);
  if (found == meters_.end()) {
    if (meters_.size() >= kept_bindings) forget_quiet(now);
    Meters fresh{h2::RateMeter(limits_.peer_resets), h2::RateMeter(limits_.caused_resets), now};
    found = meters_.emplace(std::move(key), fresh).first;
  }
  found->second.used = now;
  return found->second;
}

void ResetLimits::forget_quiet(TimePoint now) {
  const Duration peer = refill_time(limits_.peer_resets);
  const Duration quiet = std::max(peer, refill_time(limits_.caused_resets));
  std::erase_if(meters_, [&](const auto& entry) { return now - entry.second.used > quiet; });
}

ResetWatch::~ResetWatch() {
  if (binding_.empty() || !stream_.failed()) return;
  const TimePoint now = loop_.now();
  bool allowed = true;
  if (stream_.peer_code()) {
    allowed = limits_.allow_peer_reset(binding_, now);
  } else if (stream_.failure().kind == ErrorKind::protocol ||
             stream_.failure().kind == ErrorKind::limit) {
    allowed = limits_.allow_caused_reset(binding_, now);
  }
  if (!allowed) over_limit_.set();
}

}  // namespace outhaul::edge
