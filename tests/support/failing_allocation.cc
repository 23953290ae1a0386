#include "tests/support/failing_allocation.h"

#include <cerrno>
#include <cstdlib>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#define OUTHAUL_OWN_MALLOC 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OUTHAUL_OWN_MALLOC 0
#endif
#endif
#ifndef OUTHAUL_OWN_MALLOC
#define OUTHAUL_OWN_MALLOC 1
#endif

#if OUTHAUL_OWN_MALLOC
// What glibc's malloc functions are called inside: they stay when a program replaces those.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* memory);
}
#endif

namespace {

using outhaul::testing::Allocator;

enum class State : unsigned char { off, counting, failed };

// operator new and malloc have no other place for it. Constant-initialised and in the program
// itself, so that reading them allocates nothing.
thread_local constinit State state = State::off;
thread_local constinit Allocator counted_allocator = Allocator::operator_new;
thread_local constinit std::size_t successes_left = 0;
thread_local constinit std::ptrdiff_t live = 0;

/// Counts one allocation by `allocator`; true when it is the one to fail.
bool fails(Allocator allocator) {
  if (state != State::counting) return false;
  if (allocator == Allocator::malloc && counted_allocator != Allocator::malloc) return false;
  if (successes_left > 0) {
    --successes_left;
    return false;
  }
  state = State::failed;
  return true;
}

void* counted(void* memory) {
  if (memory != nullptr) ++live;
  return memory;
}

void* allocate(std::size_t size) {
#if OUTHAUL_OWN_MALLOC
  return __libc_malloc(size);
#else
  return std::malloc(size);
#endif
}

void release(void* memory) {
  if (memory == nullptr) return;
  --live;
#if OUTHAUL_OWN_MALLOC
  __libc_free(memory);
#else
  std::free(memory);
#endif
}

}  // namespace

namespace outhaul::testing {

FailingAllocation::FailingAllocation(Allocator allocator, std::size_t successes) {
  counted_allocator = allocator;
  successes_left = successes;
  state = State::counting;
}

FailingAllocation::~FailingAllocation() {
  state = State::off;
}

bool FailingAllocation::happened() const {
  return state == State::failed;
}

std::ptrdiff_t live_allocations() {
  return live;
}

}  // namespace outhaul::testing

// The array and nothrow forms of the standard library call these.
void* operator new(std::size_t size) {
  void* const memory =
      fails(Allocator::operator_new) ? nullptr : counted(allocate(size > 0 ? size : 1));
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept {
  release(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  release(memory);
}

#if OUTHAUL_OWN_MALLOC
extern "C" {
void* malloc(std::size_t size) {
  if (!fails(Allocator::malloc)) return counted(__libc_malloc(size));
  errno = ENOMEM;
  return nullptr;
}
void* calloc(std::size_t count, std::size_t size) {
  if (!fails(Allocator::malloc)) return counted(__libc_calloc(count, size));
  errno = ENOMEM;
  return nullptr;
}
void* realloc(void* memory, std::size_t size) {
  if (fails(Allocator::malloc)) {
    errno = ENOMEM;
    return nullptr;
  }
  void* const moved = __libc_realloc(memory, size);
  if (memory == nullptr) return counted(moved);
  if (moved == nullptr && size == 0) --live;
  return moved;
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  if (!fails(Allocator::malloc)) return counted(__libc_memalign(alignment, size));
  errno = ENOMEM;
  return nullptr;
}
void* memalign(std::size_t alignment, std::size_t size) {
  return aligned_alloc(alignment, size);
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  void* const allocated = aligned_alloc(alignment, size);
  if (allocated == nullptr) return ENOMEM;
  *memory = allocated;
  return 0;
}
void free(void* memory) {
  release(memory);
}
}
#endif
