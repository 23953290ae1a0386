#include "common/dns/statistics.h"

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace outhaul::dns {

void LatencyHistogram::add(Duration latency) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(latency).count();
  const auto* bound =
      std::find_if(bounds_ms.begin(), bounds_ms.end(),
                   [us](std::uint32_t limit_ms) { return us <= std::int64_t{limit_ms} * 1000; });
  ++buckets[static_cast<std::size_t>(bound - bounds_ms.begin())];
  ++count;
  sum_us += static_cast<std::uint64_t>(us);
}

}  // namespace outhaul::dns
