#include "common/dns/suffix_servers.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "common/dns/name.h"
#include "common/dns/resolver_limits.h"

namespace outhaul::dns {

namespace {

Error invalid(std::string_view entry, std::string_view problem) {
  return {ErrorKind::invalid,
          "\"" + std::string(entry.substr(0, 128)) + "\": " + std::string(problem)};
}

/// Appends the servers of "10.0.0.53,10.0.1.53:5353".
Result<void> take_servers(std::string_view entry, std::string_view text, SuffixServers& to) {
  while (true) {
    const std::size_t comma = text.find(',');
    auto server = ServerAddress::parse(text.substr(0, comma));
    if (!server) return invalid(entry, server.error().message);
    if (std::ranges::find(to.servers, *server) != to.servers.end()) {
      return invalid(entry, server->to_string() + " stands there twice; leave one out");
    }
    if (to.servers.size() == max_servers) {
      return invalid(entry, "more than 8 servers for one suffix; leave some out");
    }
    to.servers.push_back(*server);
    if (comma == std::string_view::npos) return {};
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

Result<std::vector<SuffixServers>> parse_suffix_servers(std::span<const std::string> entries) {
  std::vector<SuffixServers> list;
  for (const std::string& entry : entries) {
    std::string_view servers = entry;
    if (const std::size_t equals = servers.find('='); equals != std::string_view::npos) {
      auto suffix = canonical_name(servers.substr(0, equals));
      if (!suffix) return invalid(entry, suffix.error().message);
      const bool known = std::ranges::any_of(
          list, [&](const SuffixServers& other) { return other.suffix == *suffix; });
      if (known) {
        return invalid(entry, *suffix + " is given twice; name all its servers in one place");
      }
      list.push_back({std::move(*suffix), {}});
      servers.remove_prefix(equals + 1);
    } else if (list.empty()) {
      return invalid(entry, "write SUFFIX=SERVER, as in corp.internal=10.0.0.53,10.0.1.53");
    }
    OUTHAUL_CHECK(take_servers(entry, servers, list.back()));
  }
  return list;
}

bool is_below(std::string_view name, std::string_view suffix) {
  if (!name.ends_with(suffix)) return false;
  return name.size() == suffix.size() || name[name.size() - suffix.size() - 1] == '.';
}

}  // namespace outhaul::dns
