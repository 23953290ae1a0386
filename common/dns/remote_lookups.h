#pragma once

#include <compare>
#include <cstddef>
#include <map>
#include <string>

#include "common/async/loop.h"
#include "common/async/scope.h"
#include "common/dns/lookups.h"

namespace outhaul::dns {

/// The process' resolver as another loop sees it: each question goes to the resolver's loop, which
/// has cache and servers, and the answer comes back.
///
/// A name with addresses is remembered here for a second, or for its TTL if that is less, so that a
/// service that is asked for all the time does not wake the resolver's loop for every request.
/// Whatever changes (a record, resolv.conf, the hosts file) is seen here at most that much later.
/// Failures are not remembered, and SRV records are asked for each time.
///
/// Of one loop, as all that uses it.
class RemoteLookups final : public Lookups {
 public:
  /// `resolver` and `tasks` live on `there`. All outlive this object; see loop_call.h.
  RemoteLookups(Loop& here, Loop& there, Scope& tasks, Lookups& resolver)
      : here_(here), there_(there), tasks_(tasks), resolver_(resolver) {}

  Task<Outcome> look_up(std::string name, ServerSet servers, FamilyPreference preference) override;
  Task<ServiceOutcome> look_up_service(std::string service, std::string name, ServerSet servers,
                                       FamilyPreference preference) override;

  /// Names that are remembered, those whose time is over included.
  std::size_t remembered() const { return known_.size(); }

 private:
  struct Key {
    std::string name;
    ServerSet servers;
    FamilyPreference preference{};
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Known {
    Outcome outcome;
    TimePoint until;
  };
  void remember(Key key, const Outcome& outcome);

  Loop& here_;
  Loop& there_;
  Scope& tasks_;
  Lookups& resolver_;
  std::map<Key, Known> known_;
};

}  // namespace outhaul::dns
