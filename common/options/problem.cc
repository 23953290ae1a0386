#include "common/options/problem.h"

#include <map>
#include <utility>

namespace outhaul::options {

void sort_by_position(Problems& problems) {
  // Keeps the order of equal keys, and so does not need std::stable_sort, for which libstdc++ 12
  // uses what clang calls deprecated.
  std::multimap<TextPosition, Problem> ordered;
  for (Problem& problem : problems)
    ordered.emplace(problem.position, std::move(problem));
  problems.clear();
  for (auto& [position, problem] : ordered)
    problems.push_back(std::move(problem));
}

}  // namespace outhaul::options
