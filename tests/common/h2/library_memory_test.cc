#include "common/h2/library_memory.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>

#include <doctest/doctest.h>

namespace outhaul::h2 {
namespace {

TEST_CASE("nghttp2's memory: sizes of the pool and larger ones, moved with their contents") {
  nghttp2_mem memory = library_memory();
  char* text = static_cast<char*>(memory.malloc(5, nullptr));
  std::memcpy(text, "12345", 5);
  for (const std::size_t size : {6U, 64U, 4000U, 5000U, 100000U, 70U, 5U}) {
    text = static_cast<char*>(memory.realloc(text, size, nullptr));
    REQUIRE(text != nullptr);
    CHECK(reinterpret_cast<std::uintptr_t>(text) % alignof(std::max_align_t) == 0);
    CHECK(std::string(text, 5) == "12345");
    if (size > 5) std::memset(text + 5, 'x', size - 5);
  }
  memory.free(text, nullptr);
  memory.free(nullptr, nullptr);
  void* const made = memory.realloc(nullptr, 10, nullptr);
  CHECK(made != nullptr);
  memory.free(made, nullptr);
}

TEST_CASE("nghttp2's memory: cleared where it is asked for, refused where there can be none") {
  nghttp2_mem memory = library_memory();
  void* const used = memory.malloc(200, nullptr);
  std::memset(used, 'x', 200);
  memory.free(used, nullptr);
  char* const cleared = static_cast<char*>(memory.calloc(20, 10, nullptr));
  CHECK(std::string(cleared, 200) == std::string(200, '\0'));
  memory.free(cleared, nullptr);
  constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
  CHECK(memory.malloc(most, nullptr) == nullptr);
  CHECK(memory.malloc(most / 2, nullptr) == nullptr);
  CHECK(memory.calloc(most / 2, 4, nullptr) == nullptr);
}

}  // namespace
}  // namespace outhaul::h2
