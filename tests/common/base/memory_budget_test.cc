#include "common/base/memory_budget.h"

#include <utility>

#include <doctest/doctest.h>

namespace outhaul {
namespace {

TEST_CASE("a budget is given up to its limit, and counts what it refused") {
  MemoryBudget budget(100);
  CHECK(budget.take(60));
  CHECK_FALSE(budget.take(41));
  CHECK(budget.take(40));
  CHECK(budget.used() == 100);
  CHECK(budget.refused() == 1);
  budget.give_back(60);
  CHECK(budget.take(60));
  CHECK_FALSE(budget.take(1000));
}

TEST_CASE("only the lower half is spare") {
  MemoryBudget budget(100);
  CHECK(budget.take_spare(50));
  CHECK_FALSE(budget.take_spare(1));
  CHECK(budget.spare_refused() == 1);
  CHECK(budget.refused() == 0);
  CHECK(budget.take(50));
}

TEST_CASE("a share gives back what it took, once, and moves") {
  MemoryBudget budget(100);
  {
    MemoryShare share;
    CHECK(share.take(budget, 30));
    CHECK(share.take_spare(budget, 10));
    CHECK_FALSE(share.take(budget, 70));
    CHECK(share.bytes() == 40);
    const MemoryShare moved(std::move(share));
    CHECK(moved.bytes() == 40);
    CHECK(budget.used() == 40);
  }
  CHECK(budget.used() == 0);
}

}  // namespace
}  // namespace outhaul
