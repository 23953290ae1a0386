#include "agent/network/resolver_options.h"

#include <utility>

namespace outhaul::agent {

Result<NameOptions> read_name_options(const options::Values& values) {
  NameOptions names;
  auto suffixes = dns::parse_suffix_servers(values.list("dns-suffix"));
  if (!suffixes) return values.error("dns-suffix", suffixes.error().message);
  names.suffixes = std::move(*suffixes);
  names.search = values.boolean("dns-search");
  names.hosts_path = values.path("hosts-file").string();
  if (names.hosts_path == "none") names.hosts_path.clear();
  return names;
}

dns::ResolverOptions resolver_options(const Limits& limits, const NameOptions& names,
                                      std::function<void(std::string)> warn) {
  dns::ResolverOptions options;
  options.limits.total = limits.dns_total;
  options.limits.try_every = limits.dns_try;
  options.limits.tries = limits.dns_tries;
  options.hosts_path = names.hosts_path;
  options.suffixes = names.suffixes;
  options.search = names.search;
  options.warn = std::move(warn);
  return options;
}

}  // namespace outhaul::agent
