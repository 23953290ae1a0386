#include "common/h2/path_estimate.h"

#include <algorithm>

namespace outhaul::h2 {

void PathEstimate::begin(TimePoint now) {
  const auto refill = static_cast<std::uint64_t>(
      std::max<std::int64_t>(0, (now - refilled_at_) / Duration(interval)));
  if (refill > 0) {
    left_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(burst, left_ + refill));
    refilled_at_ = now;
  }
  if (left_ > 0) --left_;
  began_ = now;
  due_at_ = TimePoint::max();
}

Duration PathEstimate::end(TimePoint now) {
  const Duration took = std::max<Duration>(now - began_, Duration(1));
  due_at_ = left_ > 0 ? now : std::max(now, refilled_at_ + interval);
  add(took, now);
  return took;
}

void PathEstimate::add(Duration round_trip, TimePoint now) {
  const bool forgotten = now - shortest_at_ > memory;
  if (!latest_ || forgotten || round_trip <= shortest_) {
    shortest_ = std::max<Duration>(round_trip, Duration(1));
    shortest_at_ = now;
  }
  latest_ = round_trip;
}

std::uint64_t PathEstimate::window_for(std::uint64_t bytes, Duration round_trip) const {
  if (!latest_) return 0;
  const double share = static_cast<double>(shortest_.count()) /
                       static_cast<double>(std::max<Duration>(round_trip, Duration(1)).count());
  return static_cast<std::uint64_t>(headroom * static_cast<double>(bytes) * std::min(share, 1.0));
}

}  // namespace outhaul::h2
