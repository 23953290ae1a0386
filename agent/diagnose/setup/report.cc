#include "agent/diagnose/setup/report.h"

#include <algorithm>
#include <stdexcept>

namespace outhaul::agent::setup {

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

bool AddressReport::all_ok() const {
  return std::ranges::all_of(steps, [](const Step& step) { return step.state == State::ok; });
}

std::size_t Report::count(State state) const {
  const auto is = [state](const Step& step) { return step.state == state; };
  auto found = std::ranges::count_if(steps, is);
  for (const EdgeReport& edge : edges) {
    if (is(edge.resolving)) ++found;
    for (const AddressReport& address : edge.addresses)
      found += std::ranges::count_if(address.steps, is);
  }
  return static_cast<std::size_t>(found);
}

Step& Report::step(std::string_view name) {
  const auto found = std::ranges::find(steps, name, &Step::name);
  if (found == steps.end()) throw std::logic_error("no step of this name: " + std::string(name));
  return *found;
}

}  // namespace outhaul::agent::setup
