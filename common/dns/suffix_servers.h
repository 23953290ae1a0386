#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/dns/server_set.h"

namespace outhaul::dns {

/// The servers that alone know the names of one domain ("split DNS").
struct SuffixServers {
  /// Canonical: "corp.internal" stands for itself and for every name below it.
  std::string suffix;
  std::vector<ServerAddress> servers;

  friend bool operator==(const SuffixServers&, const SuffixServers&) = default;
};

/// Reads a list of "SUFFIX=SERVER[,SERVER...]". A list that was cut at its commas, as environment
/// variables are, reads the same: an entry without "=" goes on with the servers of the one before.
/// Error kind `invalid`; the message quotes the entry and has the fix.
Result<std::vector<SuffixServers>> parse_suffix_servers(std::span<const std::string> entries);

/// Whether `name` is `suffix` or lies below it; both canonical.
bool is_below(std::string_view name, std::string_view suffix);

}  // namespace outhaul::dns
