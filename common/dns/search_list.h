#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace outhaul::dns {

/// How resolv.conf completes names that are short: `search`, `domain` and `options ndots:n`.
struct SearchList {
  /// Canonical, in the order to try.
  std::vector<std::string> domains;
  /// A name with at least so many dots is tried as it stands first, others last.
  std::uint32_t ndots = 1;

  /// The names to ask for in place of the canonical `name`, in order; itself among them.
  std::vector<std::string> candidates(const std::string& name) const;

  friend bool operator==(const SearchList&, const SearchList&) = default;
};

}  // namespace outhaul::dns
