// In place of common/h2/library_memory.cc, so that nghttp2 has the C library's memory, which does
// not fail here: nghttp2 1.52 frees a piece twice when its own memory ends at the wrong moment.
#include "common/h2/library_memory.h"

#include <cstdlib>

namespace outhaul::h2 {

nghttp2_mem library_memory() {
  return {
      .mem_user_data = nullptr,
      .malloc = [](std::size_t size, void*) { return std::malloc(size); },
      .free = [](void* piece, void*) { std::free(piece); },
      .calloc = [](std::size_t count, std::size_t size, void*) { return std::calloc(count, size); },
      .realloc = [](void* piece, std::size_t size, void*) { return std::realloc(piece, size); }};
}

}  // namespace outhaul::h2
