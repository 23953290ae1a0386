#pragma once

#include <cstdint>

namespace outhaul::bench {

/// Calls of operator new in this program while a CountAllocations exists. What C libraries take
/// from malloc (OpenSSL, nghttp2) is not among them.
std::uint64_t counted_allocations();

class CountAllocations {
 public:
  CountAllocations();
  ~CountAllocations();
  CountAllocations(const CountAllocations&) = delete;
  CountAllocations& operator=(const CountAllocations&) = delete;
};

}  // namespace outhaul::bench
