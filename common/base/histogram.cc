#include "common/base/histogram.h"

namespace outhaul {

void Histogram::add(std::chrono::nanoseconds duration) {
  const double seconds = std::chrono::duration<double>(duration).count();
  std::size_t bucket = 0;
  while (bucket < bounds.size() && seconds > bounds[bucket])
    ++bucket;
  ++buckets[bucket];
  ++count;
  sum += seconds;
}

void Histogram::add(const Histogram& other) {
  for (std::size_t i = 0; i < buckets.size(); ++i)
    buckets[i] += other.buckets[i];
  count += other.count;
  sum += other.sum;
}

}  // namespace outhaul
