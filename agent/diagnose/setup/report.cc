#include "agent/diagnose/setup/report.h"

#include <algorithm>
#include <stdexcept>

namespace outhaul::agent::setup {

bool AddressReport::all_ok() const {
  return std::ranges::all_of(steps, [](const Step& step) { return step.state == State::ok; });
}

std::size_t Report::count(State state) const {
  std::size_t found = diagnosis::count(steps, state);
  for (const EdgeReport& edge : edges) {
    if (edge.resolving.state == state) ++found;
    for (const AddressReport& address : edge.addresses)
      found += diagnosis::count(address.steps, state);
  }
  return found;
}

Step& Report::step(std::string_view name) {
  const auto found = std::ranges::find(steps, name, &Step::name);
  if (found == steps.end()) throw std::logic_error("no step of this name: " + std::string(name));
  return *found;
}

}  // namespace outhaul::agent::setup
