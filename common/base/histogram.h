#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

namespace outhaul {

/// Counts durations in fixed buckets; a plain value, so that counting allocates nothing.
struct Histogram {
  /// Upper bounds of the buckets in seconds, inclusive; the last bucket has none.
  static constexpr std::array<double, 14> bounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                 0.25,  0.5,    1,     2.5,  10,    60,   300};

  std::array<std::uint64_t, bounds.size() + 1> buckets{};
  std::uint64_t count = 0;
  double sum = 0;  // seconds

  void add(std::chrono::nanoseconds duration);
  void add(const Histogram& other);
};

}  // namespace outhaul
