#include "common/async/frame_pool.h"

#include <array>
#include <new>

namespace outhaul {

#if defined(__SANITIZE_ADDRESS__)
#define OUTHAUL_POOL_FRAMES 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OUTHAUL_POOL_FRAMES 0
#endif
#endif
#ifndef OUTHAUL_POOL_FRAMES
#define OUTHAUL_POOL_FRAMES 1
#endif

#if OUTHAUL_POOL_FRAMES
namespace {

constexpr std::size_t step = 64;
constexpr std::size_t class_count = 64;  // frames up to 4 KiB
constexpr std::size_t kept_per_class = 256;

struct FreeFrame {
  FreeFrame* next;
};

struct SizeClass {
  FreeFrame* first = nullptr;
  std::size_t count = 0;
};

/// Per thread, so that it needs no lock. Only memory, never state: which thread's list a frame came
/// from makes no difference to anybody.
class FramePool {
 public:
  FramePool() = default;
  FramePool(const FramePool&) = delete;
  FramePool& operator=(const FramePool&) = delete;
  ~FramePool() {
    for (auto& size_class : classes_) {
      while (size_class.first)
        ::operator delete(pop(size_class));
    }
  }

  void* allocate(std::size_t index) {
    SizeClass& size_class = classes_[index];
    return size_class.first ? pop(size_class) : ::operator new((index + 1) * step);
  }

  void release(void* memory, std::size_t index) noexcept {
    SizeClass& size_class = classes_[index];
    if (size_class.count == kept_per_class) {
      ::operator delete(memory);
      return;
    }
    size_class.first = ::new (memory) FreeFrame{size_class.first};
    ++size_class.count;
  }

 private:
  static void* pop(SizeClass& size_class) {
    FreeFrame* frame = size_class.first;
    size_class.first = frame->next;
    --size_class.count;
    return frame;
  }

  std::array<SizeClass, class_count> classes_;
};

thread_local FramePool pool;

}  // namespace

void* allocate_frame(std::size_t size) {
  const std::size_t index = (size - 1) / step;
  return index < class_count ? pool.allocate(index) : ::operator new(size);
}

void release_frame(void* frame, std::size_t size) noexcept {
  const std::size_t index = (size - 1) / step;
  if (index < class_count) {
    pool.release(frame, index);
  } else {
    ::operator delete(frame);
  }
}
#else
void* allocate_frame(std::size_t size) {
  return ::operator new(size);
}
void release_frame(void* frame, std::size_t) noexcept {
  ::operator delete(frame);
}
#endif

}  // namespace outhaul
