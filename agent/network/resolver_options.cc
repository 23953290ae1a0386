#include "agent/network/resolver_options.h"

#include <utility>

namespace outhaul::agent {

dns::ResolverOptions resolver_options(const Limits& limits, std::function<void(std::string)> warn) {
  dns::ResolverOptions options;
  options.limits.total = limits.dns_total;
  options.limits.try_every = limits.dns_try;
  options.limits.tries = limits.dns_tries;
  // The names of edges may stand there, "localhost" does.
  options.hosts_path = "/etc/hosts";
  options.warn = std::move(warn);
  return options;
}

}  // namespace outhaul::agent
