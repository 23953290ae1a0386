#include "agent/connections/backoff.h"

#include <algorithm>
#include <chrono>

#include <openssl/rand.h>

namespace outhaul::agent {

namespace {

/// Who loses a connection that served for so long dials again at once, also after failures.
constexpr std::chrono::seconds retry_at_once_after{10};
constexpr std::chrono::seconds refused_period{3};
/// Ten minutes: who is away for longer is not being restarted.
constexpr std::uint32_t refused_periods = 200;

}  // namespace

Duration random_duration(Duration bound) {
  if (bound <= Duration::zero()) return Duration::zero();
  std::uint64_t random = 0;
  unsigned char bytes[sizeof random];
  // Jitter needs no secrecy: without entropy the middle of the range will do.
  if (RAND_bytes(bytes, sizeof bytes) != 1) return bound / 2;
  for (const unsigned char byte : bytes)
    random = random << 8 | byte;
  return Duration(static_cast<Duration::rep>(random % static_cast<std::uint64_t>(bound.count())));
}

Duration Backoff::next(Duration lived) {
  refusals_ = 0;
  if (lived >= limits_.backoff_reset_after) failures_ = 0;
  if (lived >= retry_at_once_after) {
    failures_ = std::max(failures_, 1U);
    return random_duration(limits_.first_retry_jitter);
  }
  const std::uint32_t failures = failures_++;
  if (failures == 0) return random_duration(limits_.first_retry_jitter);
  const Duration bound = std::min<Duration>(
      limits_.backoff_minimum * (1LL << std::min(failures - 1, 16U)), limits_.backoff_maximum);
  return random_duration(bound);
}

Duration Backoff::refused() {
  const std::uint32_t refusals = refusals_++;
  if (refusals == 0) return random_duration(refused_period);
  if (refusals < refused_periods) return refused_period;
  return random_duration(limits_.backoff_maximum);
}

Duration Backoff::at_least(Duration wanted) {
  ++failures_;
  return wanted + random_duration(wanted / 5);
}

}  // namespace outhaul::agent
