#include "common/base/memory_pool.h"

#include <cstring>
#include <memory>
#include <set>
#include <vector>

#include <doctest/doctest.h>

namespace outhaul {
namespace {

TEST_CASE("pooled pieces that live at once are distinct and writable in full") {
  constexpr std::size_t count = 600;  // more than the pool keeps
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{64}, std::size_t{65}, std::size_t{4096}, std::size_t{4097}}) {
    CAPTURE(size);
    std::set<void*> pieces;
    for (std::size_t i = 0; i < count; ++i) {
      void* const piece = allocate_pooled(size);
      std::memset(piece, static_cast<int>(i & 0xffU), size);
      CHECK(pieces.insert(piece).second);
    }
    for (void* const piece : pieces)
      release_pooled(piece, size);
  }
}

struct Thing : Pooled {
  explicit Thing(int value) : number(value) {}
  int number;
};

TEST_CASE("objects and containers live in the pool") {
  const auto thing = std::make_unique<Thing>(7);
  CHECK(thing->number == 7);
  std::vector<int, PoolAllocator<int>> numbers;
  for (int i = 0; i < 10'000; ++i)
    numbers.push_back(i);
  CHECK(numbers.front() == 0);
  CHECK(numbers.back() == 9'999);
}

}  // namespace
}  // namespace outhaul
