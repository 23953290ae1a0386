#include "common/h2/library_memory.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>
#include <new>

#include "common/base/memory_pool.h"

namespace outhaul::h2 {
namespace {

/// In front of each piece, because the pool wants to know the size again and C does not say it.
struct alignas(std::max_align_t) Header {
  std::size_t size;  // without the header
};

Header* header_of(void* piece) {
  return static_cast<Header*>(piece) - 1;
}

/// No object is larger (C's malloc refuses more as well).
constexpr std::size_t largest_size =
    std::size_t{std::numeric_limits<std::ptrdiff_t>::max()} - sizeof(Header);

/// Null where there is no memory, as C has it.
void* allocate(std::size_t size, void* /*user_data*/) {
  if (size > largest_size) return nullptr;
  try {
    return ::new (allocate_pooled(sizeof(Header) + size)) Header{size} + 1;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void release(void* piece, void* /*user_data*/) {
  if (piece == nullptr) return;
  Header* const header = header_of(piece);
  release_pooled(header, sizeof(Header) + header->size);
}

void* allocate_zeroed(std::size_t count, std::size_t size, void* user_data) {
  if (size != 0 && count > std::numeric_limits<std::size_t>::max() / size) return nullptr;
  void* const piece = allocate(count * size, user_data);
  if (piece != nullptr) std::memset(piece, 0, count * size);
  return piece;
}

void* reallocate(void* piece, std::size_t size, void* user_data) {
  void* const grown = allocate(size, user_data);
  if (grown == nullptr || piece == nullptr) return grown;
  std::memcpy(grown, piece, std::min(size, header_of(piece)->size));
  release(piece, user_data);
  return grown;
}

}  // namespace

nghttp2_mem library_memory() {
  return {.mem_user_data = nullptr,
          .malloc = allocate,
          .free = release,
          .calloc = allocate_zeroed,
          .realloc = reallocate};
}

}  // namespace outhaul::h2
