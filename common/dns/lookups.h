#pragma once

#include <string>

#include "common/async/task.h"
#include "common/dns/resolution.h"
#include "common/dns/server_set.h"
#include "common/dns/service_lookup.h"

namespace outhaul::dns {

/// Whoever can be asked for names: the resolver itself, or what stands for it on another loop. It
/// outlives the tasks.
class Lookups {
 public:
  virtual ~Lookups() = default;

  /// The addresses of a name, or an error of kind invalid (not a host name), dns_timeout or
  /// dns_failure; with the response code of a failure, and with what each family gave.
  virtual Task<Outcome> look_up(std::string name, ServerSet servers,
                                FamilyPreference preference) = 0;
  /// Where `_service._tcp.name` is offered (RFC 2782), and the addresses of that, from the same
  /// server set. The name is not completed.
  virtual Task<ServiceOutcome> look_up_service(std::string service, std::string name,
                                               ServerSet servers, FamilyPreference preference) = 0;
};

}  // namespace outhaul::dns
