#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/base/limits.h"
#include "common/base/result.h"
#include "common/dns/resolver.h"
#include "common/dns/suffix_servers.h"
#include "common/options/values.h"

namespace outhaul::agent {

/// What the operator says about names.
struct NameOptions {
  /// --dns-suffix
  std::vector<dns::SuffixServers> suffixes;
  /// --dns-search
  bool search = false;
  /// --hosts-file; empty: none. The names of edges may stand there, "localhost" does.
  std::string hosts_path = "/etc/hosts";
};

/// Errors name the flag or variable.
Result<NameOptions> read_name_options(const options::Values& values);

/// How an agent resolves names, whether it serves requests or is asked to explain itself. `warn` as
/// in dns::ResolverOptions.
dns::ResolverOptions resolver_options(const Limits& limits, const NameOptions& names,
                                      std::function<void(std::string)> warn);

}  // namespace outhaul::agent
