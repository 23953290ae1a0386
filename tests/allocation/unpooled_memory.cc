// In place of common/base/memory_pool.cc, so that everything which comes from the pool can be made
// to fail, too, and not only what the pool has not seen before.
#include <new>

#include "common/base/memory_pool.h"

namespace outhaul {

void* allocate_pooled(std::size_t size) {
  return ::operator new(size);
}

void release_pooled(void* memory, std::size_t) noexcept {
  ::operator delete(memory);
}

}  // namespace outhaul
