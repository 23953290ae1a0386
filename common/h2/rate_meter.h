#pragma once

#include <cstdint>

#include "common/async/timer.h"
#include "common/base/limits.h"

namespace outhaul::h2 {

/// Counts events of one kind against a RateLimit.
class RateMeter {
 public:
  explicit RateMeter(const RateLimit& limit) : limit_(limit), left_(limit.burst) {}

  /// Counts one event; false when it is one too many.
  bool allow(TimePoint now);

 private:
  RateLimit limit_;
  std::uint64_t left_;
  TimePoint refilled_at_{};
};

}  // namespace outhaul::h2
