#include "common/base/memory_pool.h"

#include <array>
#include <new>

namespace outhaul {

#if defined(__SANITIZE_ADDRESS__)
#define OUTHAUL_POOL_MEMORY 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OUTHAUL_POOL_MEMORY 0
#endif
#endif
#ifndef OUTHAUL_POOL_MEMORY
#define OUTHAUL_POOL_MEMORY 1
#endif

#if OUTHAUL_POOL_MEMORY
namespace {

// Classes are as fine as the allocator's own, so that rounding up costs nothing: with steps of 64
// bytes a stream that waits took 400 bytes more.
constexpr std::size_t step = 16;
constexpr std::size_t header = 8;         // of the allocator, within the last step of a piece
constexpr std::size_t class_count = 257;  // pieces up to 4 KiB
constexpr std::size_t kept_per_class = 256;

constexpr std::size_t class_of(std::size_t size) {
  return (size + header - 1) / step;
}

struct FreePiece {
  FreePiece* next;
};
static_assert(sizeof(FreePiece) <= header);

struct SizeClass {
  FreePiece* first = nullptr;
  std::size_t count = 0;
};

/// Per thread, so that it needs no lock. Only memory, never state: which thread's list a piece came
/// from makes no difference to anybody.
class MemoryPool {
 public:
  MemoryPool() = default;
  MemoryPool(const MemoryPool&) = delete;
  MemoryPool& operator=(const MemoryPool&) = delete;
  ~MemoryPool() {
    for (auto& size_class : classes_) {
      while (size_class.first)
        ::operator delete(pop(size_class));
    }
  }

  void* allocate(std::size_t index) {
    SizeClass& size_class = classes_[index];
    return size_class.first ? pop(size_class) : ::operator new(index * step + header);
  }

  void release(void* memory, std::size_t index) noexcept {
    SizeClass& size_class = classes_[index];
    if (size_class.count == kept_per_class) {
      ::operator delete(memory);
      return;
    }
    size_class.first = ::new (memory) FreePiece{size_class.first};
    ++size_class.count;
  }

 private:
  static void* pop(SizeClass& size_class) {
    FreePiece* piece = size_class.first;
    size_class.first = piece->next;
    --size_class.count;
    return piece;
  }

  std::array<SizeClass, class_count> classes_;
};

thread_local MemoryPool pool;

}  // namespace

void* allocate_pooled(std::size_t size) {
  const std::size_t index = class_of(size);
  return index < class_count ? pool.allocate(index) : ::operator new(size);
}

void release_pooled(void* memory, std::size_t size) noexcept {
  const std::size_t index = class_of(size);
  if (index < class_count) {
    pool.release(memory, index);
  } else {
    ::operator delete(memory);
  }
}
#else
void* allocate_pooled(std::size_t size) {
  return ::operator new(size);
}
void release_pooled(void* memory, std::size_t) noexcept {
  ::operator delete(memory);
}
#endif

}  // namespace outhaul
