#include "common/h2/rate_meter.h"

#include <algorithm>

namespace outhaul::h2 {

bool RateMeter::allow(TimePoint now) {
  if (refilled_at_ == TimePoint{}) refilled_at_ = now;
  const auto periods = (now - refilled_at_) / limit_.period;
  if (periods > 0) {
    const auto refill = static_cast<std::uint64_t>(periods) * limit_.count;
    left_ = std::min<std::uint64_t>(limit_.burst, left_ + refill);
    refilled_at_ += periods * limit_.period;
  }
  if (left_ == 0) return false;
  --left_;
  return true;
}

}  // namespace outhaul::h2
