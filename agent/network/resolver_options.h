#pragma once

#include <functional>
#include <string>

#include "common/base/limits.h"
#include "common/dns/resolver.h"

namespace outhaul::agent {

/// How an agent resolves names, whether it serves requests or is asked to explain itself. `warn` as
/// in dns::ResolverOptions.
dns::ResolverOptions resolver_options(const Limits& limits, std::function<void(std::string)> warn);

}  // namespace outhaul::agent
