#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/policy/current_policy.h"
#include "agent/policy/refusal.h"
#include "agent/relay/failure_response.h"
#include "common/async/task.h"
#include "common/async/timer.h"
#include "common/dns/resolver.h"
#include "common/net/socket_address.h"
#include "common/tunnel/descriptor.h"

namespace outhaul::agent {

/// Where a request may go: addresses that the policy has passed, in the order to try them. They are
/// dialled as they stand; no name is looked up again.
struct Target {
  std::optional<RelayFailure> failure;
  std::vector<net::SocketAddress> addresses;
};

struct AddressVerdict {
  IpAddress address;
  /// None: the address may be dialled.
  std::optional<Refusal> refusal;
};

/// What a locator saw on its way, for people who ask why.
struct TargetTrace {
  /// None: the policy has nothing against the descriptor.
  std::optional<Refusal> descriptor_refusal;
  /// None: the target is given by address, or was refused before.
  std::optional<dns::Outcome> outcome;
  /// Every address, in the order of dialling.
  std::vector<AddressVerdict> verdicts;
  /// When the descriptor had been checked, and when the addresses were known.
  TimePoint checked_at{};
  TimePoint found_at{};
};

/// From a descriptor to addresses: local policy, DNS of this network, policy again on each address
/// (protocol.md section 5).
class TargetLocator {
 public:
  /// Both must outlive the locator.
  TargetLocator(const CurrentPolicy& policy, dns::Resolver& resolver)
      : policy_(policy), resolver_(resolver) {}

  /// `descriptor` must outlive the task, and so must `trace`, which is filled in unless it is null.
  Task<Target> locate(const tunnel::Descriptor& descriptor, TargetTrace* trace = nullptr);

  /// A unix socket in place of the service's address: rules about addresses do not speak of it,
  /// those about the service and its host name do.
  Target locate_unix(const tunnel::Descriptor& descriptor, const std::string& path) const;

 private:
  static Target check_addresses(const Policy& policy, const std::vector<IpAddress>& candidates,
                                const tunnel::Descriptor& descriptor, TargetTrace* trace);

  const CurrentPolicy& policy_;
  dns::Resolver& resolver_;
};

}  // namespace outhaul::agent
