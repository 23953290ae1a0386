#include "common/diagnosis/step.h"

#include <algorithm>
#include <utility>

namespace outhaul::diagnosis {

std::string_view to_string(State state) {
  switch (state) {
    case State::ok:
      return "ok";
    case State::warning:
      return "warning";
    case State::failed:
      return "failed";
    case State::skipped:
      break;
  }
  return "skipped";
}

void Step::worsen(State to, std::string_view found, std::string what_to_do) {
  state = std::max(state, to);
  if (!found.empty()) detail.append(detail.empty() ? "" : ", ").append(found);
  advice.push_back(std::move(what_to_do));
}

std::size_t count(std::span<const Step> steps, State state) {
  return static_cast<std::size_t>(std::ranges::count(steps, state, &Step::state));
}

}  // namespace outhaul::diagnosis
