#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "common/async/loop.h"
#include "common/async/scope.h"
#include "common/async/task.h"
#include "common/dns/resolver.h"
#include "tests/support/run_task.h"
#include "tests/support/temporary_directory.h"

namespace outhaul::testing {

/// Times short enough for tests. Nothing is asserted about time itself.
inline dns::Limits quick_limits() {
  dns::Limits limits;
  limits.total = std::chrono::milliseconds(1000);
  limits.try_every = std::chrono::milliseconds(200);
  return limits;
}

inline dns::ResolverOptions quick_options(const dns::Limits& limits = quick_limits()) {
  dns::ResolverOptions options;
  options.limits = limits;
  options.resolv_conf_path = "/nonexistent/resolv.conf";
  return options;
}

inline Task<void> look_up_into(dns::Resolver& resolver, std::string name, dns::ServerSet set,
                               dns::FamilyPreference preference, dns::Outcome& outcome) {
  outcome = co_await resolver.look_up(std::move(name), std::move(set), preference);
}

inline dns::Outcome look_up(Loop& loop, dns::Resolver& resolver, std::string name,
                            dns::ServerSet set,
                            dns::FamilyPreference preference = dns::FamilyPreference::v6_first) {
  dns::Outcome outcome;
  run_task(loop, look_up_into(resolver, std::move(name), std::move(set), preference, outcome));
  return outcome;
}

inline std::string addresses(const dns::Outcome& outcome) {
  std::string text;
  for (const dns::Address& address : outcome.resolution.addresses) {
    if (!text.empty()) text += " ";
    text += address.ip.to_string();
  }
  return text;
}

}  // namespace outhaul::testing
