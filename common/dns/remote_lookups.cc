#include "common/dns/remote_lookups.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

#include "common/async/loop_call.h"

namespace outhaul::dns {

namespace {

constexpr std::chrono::seconds longest_memory{1};
/// Full means that somebody makes names up: start again.
constexpr std::size_t names_maximum = 1024;

/// For how long all of it may be used; an answer for one family alone is no whole answer.
Duration lifetime(const Outcome& outcome) {
  Duration shortest = outcome.error ? Duration::zero() : Duration(longest_memory);
  for (const Address& address : outcome.resolution.addresses)
    shortest = std::min<Duration>(shortest, std::chrono::seconds(address.ttl_s));
  for (const FamilyReport& family : outcome.resolution.families) {
    if (family.source == Source::pending || family.source == Source::stale) return Duration::zero();
  }
  return shortest;
}

}  // namespace

Task<Outcome> RemoteLookups::look_up(std::string name, ServerSet servers,
                                     FamilyPreference preference) {
  Key key{std::move(name), std::move(servers), preference};
  const auto known = known_.find(key);
  if (known != known_.end() && here_.now() < known->second.until) co_return known->second.outcome;
  std::function<Task<Outcome>()> ask = [&resolver = resolver_, asked = key] {
    return resolver.look_up(asked.name, asked.servers, asked.preference);
  };
  Task<Outcome> asking = call_on(here_, there_, tasks_, std::move(ask));
  Outcome outcome = co_await std::move(asking);
  remember(std::move(key), outcome);
  co_return outcome;
}

Task<ServiceOutcome> RemoteLookups::look_up_service(std::string service, std::string name,
                                                    ServerSet servers,
                                                    FamilyPreference preference) {
  std::function<Task<ServiceOutcome>()> ask = [&resolver = resolver_, service = std::move(service),
                                               name = std::move(name), servers = std::move(servers),
                                               preference] {
    return resolver.look_up_service(service, name, servers, preference);
  };
  Task<ServiceOutcome> asking = call_on(here_, there_, tasks_, std::move(ask));
  co_return co_await std::move(asking);
}

void RemoteLookups::remember(Key key, const Outcome& outcome) {
  const Duration time = lifetime(outcome);
  if (time == Duration::zero()) return;
  if (known_.size() >= names_maximum) known_.clear();
  known_[std::move(key)] = {outcome, here_.now() + time};
}

}  // namespace outhaul::dns
