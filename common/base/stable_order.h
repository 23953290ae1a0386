#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

namespace outhaul {

// In place of std::stable_partition and std::stable_sort, for which libstdc++ 12 uses what clang
// calls deprecated in C++20.

/// Moves the items for which `is_first` is true to the front and says how many they are; both
/// groups keep their order.
template <typename T, typename Predicate>
std::size_t partition_in_order(std::vector<T>& items, Predicate is_first) {
  std::vector<T> rest;
  std::size_t kept = 0;
  for (T& item : items) {
    if (!is_first(std::as_const(item))) {
      rest.push_back(std::move(item));
    } else if (&items[kept] == &item) {
      ++kept;
    } else {
      items[kept++] = std::move(item);
    }
  }
  std::move(rest.begin(), rest.end(), std::next(items.begin(), static_cast<std::ptrdiff_t>(kept)));
  return kept;
}

/// Sorts; equal items keep their order. For short lists: quadratic.
template <typename T, typename Less>
void sort_in_order(std::vector<T>& items, Less less) {
  for (auto item = items.begin(); item != items.end(); ++item)
    std::rotate(std::upper_bound(items.begin(), item, *item, less), item, std::next(item));
}

}  // namespace outhaul
