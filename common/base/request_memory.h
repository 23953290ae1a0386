#pragma once

#include <cstddef>

#include "common/base/limits.h"

namespace outhaul {

/// What is counted of the memory budget for each request from its beginning to its end: the stream
/// window that it may fill, and a block of its origin's or client's input. A request that moves
/// holds next to nothing; one that stands holds this.
inline std::size_t request_memory(const Limits& limits) {
  constexpr std::size_t block = 16 * kibibyte;
  return limits.stream_window + block;
}

}  // namespace outhaul
