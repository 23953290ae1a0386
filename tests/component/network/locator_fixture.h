#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/network/target_locator.h"
#include "agent/policy/policy.h"
#include "common/async/loop.h"
#include "common/dns/resolver.h"
#include "tests/component/dns/fixture.h"
#include "tests/component/dns/scripts.h"

namespace outhaul::testing {

using Texts = std::initializer_list<std::string_view>;

inline std::vector<agent::Rule> rules(Texts texts) {
  std::vector<agent::Rule> parsed;
  for (const std::string_view text : texts)
    parsed.push_back(agent::Rule::parse(text).value());
  return parsed;
}

/// The permit that lets a service name the test's DNS server is added.
inline agent::Policy policy_for(const ScriptedServer& server, Texts permits = {}, Texts allows = {},
                                Texts denies = {}) {
  agent::PolicyRules all{rules(permits), rules(allows), rules(denies)};
  const std::string resolver = server.address().to_string();
  all.permits.push_back(agent::Rule::parse(resolver).value());
  if (!all.allows.empty()) all.allows.push_back(agent::Rule::parse(resolver).value());
  return agent::Policy(std::move(all));
}

/// A service by name whose DNS server is the test's.
inline tunnel::Descriptor service_at(const ScriptedServer& server, std::string hostname,
                                     std::uint16_t port = 80) {
  tunnel::Descriptor service;
  service.hostname = std::move(hostname);
  service.port = port;
  const dns::ServerAddress address = server.address();
  service.resolver_ips = {{{address.ip.to_string(), address.ip}, address.port}};
  return service;
}

inline Task<void> locate_into(agent::TargetLocator& locator, const tunnel::Descriptor& service,
                              agent::LookupPreferences preferences, agent::TargetTrace& trace,
                              agent::Target& target) {
  target = co_await locator.locate(service, std::move(preferences), &trace);
}

/// What one descriptor came to.
struct Located {
  agent::Target target;
  agent::TargetTrace trace;

  /// The addresses to dial with blanks between, or the failure.
  std::string text() const {
    if (target.failure) return target.failure->detail;
    std::string text;
    for (const net::SocketAddress& address : target.addresses)
      text += (text.empty() ? "" : " ") + address.to_string();
    return text;
  }
};

inline Located locate(Loop& loop, agent::TargetLocator& locator, const tunnel::Descriptor& service,
                      agent::LookupPreferences preferences = {}) {
  Located located;
  run_task(loop,
           locate_into(locator, service, std::move(preferences), located.trace, located.target));
  return located;
}

}  // namespace outhaul::testing
