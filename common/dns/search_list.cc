#include "common/dns/search_list.h"

#include <algorithm>

#include "common/dns/name.h"

namespace outhaul::dns {

std::vector<std::string> SearchList::candidates(const std::string& name) const {
  const auto dots = static_cast<std::uint32_t>(std::ranges::count(name, '.'));
  std::vector<std::string> names;
  for (const std::string& domain : domains) {
    // Too long is the one thing that can be wrong with two names in one.
    if (auto completed = canonical_name(name + "." + domain)) {
      names.push_back(std::move(*completed));
    }
  }
  names.insert(dots >= ndots ? names.begin() : names.end(), name);
  return names;
}

}  // namespace outhaul::dns
