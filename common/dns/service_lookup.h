#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/async/loop.h"
#include "common/async/task.h"
#include "common/base/error.h"
#include "common/dns/resolution.h"
#include "common/dns/resolver_limits.h"
#include "common/dns/service_record.h"

namespace outhaul::dns {

/// Where one SRV record leads to.
struct ServiceTarget {
  ServiceRecord record;
  Outcome outcome;
};

/// The places where a service is offered, or what went wrong, with what was learned in either case.
struct ServiceOutcome {
  /// The question: "_http._tcp.api.internal".
  std::string name;
  /// What the servers said to it.
  FamilyReport report;
  /// Whose servers were responsible, for the targets too.
  ServerSet servers;
  /// Every target that was looked up, in the order to try; of some, `outcome` may be an error.
  std::vector<ServiceTarget> targets;
  /// None exactly when at least one target has an address.
  std::optional<Error> error;
  std::string rcode;

  /// There is no such record: the host name is what is left (RFC 2782, "Usage rules").
  bool absent() const { return report.answer.negative(); }
};

/// Makes the part of an outcome that comes before the targets from the answer; the first
/// max_service_targets of them are left to be looked up.
ServiceOutcome begin_service_outcome(std::string name, FamilyReport report, ServerSet servers,
                                     const RandomBelow& random);

/// Looks one target up.
using LookUpTarget = std::function<Task<Outcome>(std::string name)>;

/// Looks all targets up at once and sets the error if none of them has an address. What takes
/// longer than `limit` counts as an error. `loop` and `outcome` outlive the task.
Task<void> look_up_targets(Loop& loop, ServiceOutcome& outcome, LookUpTarget look_up,
                           Duration limit);

}  // namespace outhaul::dns
