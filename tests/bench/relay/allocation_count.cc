#include "tests/bench/relay/allocation_count.h"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

// Global because operator new is. The program has one thread.
std::uint64_t allocations = 0;
bool counting = false;

}  // namespace

namespace outhaul::bench {

std::uint64_t counted_allocations() {
  return allocations;
}
CountAllocations::CountAllocations() {
  counting = true;
}
CountAllocations::~CountAllocations() {
  counting = false;
}

}  // namespace outhaul::bench

// The array and nothrow forms of the standard library call these.
void* operator new(std::size_t size) {
  if (counting) ++allocations;
  void* const memory = std::malloc(size > 0 ? size : 1);
  if (!memory) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
