#include "common/base/stable_order.h"

#include <string>

#include <doctest/doctest.h>

namespace outhaul {
namespace {

TEST_CASE("a partition keeps the order within both groups") {
  std::vector<std::string> words = {"b1", "a1", "b2", "a2", "a3", "b3"};
  const auto begins_with_a = [](const std::string& word) { return word.front() == 'a'; };
  CHECK(partition_in_order(words, begins_with_a) == 3);
  CHECK(words == std::vector<std::string>{"a1", "a2", "a3", "b1", "b2", "b3"});
  CHECK(partition_in_order(words, begins_with_a) == 3);
  CHECK(words == std::vector<std::string>{"a1", "a2", "a3", "b1", "b2", "b3"});
  std::vector<std::string> none;
  CHECK(partition_in_order(none, begins_with_a) == 0);
}

TEST_CASE("a sort keeps the order of equal items") {
  std::vector<std::string> words = {"c1", "a1", "c2", "b1", "a2", "c3"};
  sort_in_order(words, [](const std::string& left, const std::string& right) {
    return left.front() < right.front();
  });
  CHECK(words == std::vector<std::string>{"a1", "a2", "b1", "c1", "c2", "c3"});
}

}  // namespace
}  // namespace outhaul
