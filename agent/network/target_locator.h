#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/network/address_memory.h"
#include "agent/network/lookup_preferences.h"
#include "agent/policy/current_policy.h"
#include "agent/policy/policy_gate.h"
#include "agent/policy/refusal.h"
#include "agent/relay/failure_response.h"
#include "common/async/task.h"
#include "common/async/timer.h"
#include "common/dns/lookups.h"
#include "common/net/socket_address.h"
#include "common/tunnel/descriptor.h"

namespace outhaul::agent {

/// Where a request may go: addresses that the policy has passed, in the order to try them. They are
/// dialled as they stand; no name is looked up again.
struct Target {
  std::optional<RelayFailure> failure;
  std::vector<net::SocketAddress> addresses;
  /// The descriptor leads here for as long as the policy stays the same: it names one address,
  /// which the policy lets pass without a word.
  bool lasting = false;
};

/// A lasting target of one descriptor, with the policy that passed it.
struct RememberedTarget {
  std::shared_ptr<const Policy> policy;
  std::shared_ptr<const Target> target;
};

struct AddressVerdict {
  IpAddress address;
  /// None: the address may be dialled.
  std::optional<Refusal> refusal{};
  /// The descriptor's, or that of an SRV record.
  std::uint16_t port = 0;
  /// Seconds; none for an address that the service names itself.
  std::optional<std::uint32_t> ttl_s{};
  /// Why the policy would refuse it, were this not a dry run.
  std::optional<Refusal> would_refuse{};
};

/// What a locator saw on its way, for people who ask why.
struct TargetTrace {
  /// None: the policy has nothing against the descriptor.
  std::optional<Refusal> descriptor_refusal;
  /// Why it would refuse it, were this not a dry run.
  std::optional<Refusal> would_refuse;
  /// None: no SRV record was asked for.
  std::optional<dns::ServiceOutcome> service;
  /// None: the target is given by address or by SRV records, or was refused before.
  std::optional<dns::Outcome> outcome;
  /// Every address, in the order of dialling.
  std::vector<AddressVerdict> verdicts;
  /// When the descriptor had been checked, and when the addresses were known.
  TimePoint checked_at{};
  TimePoint found_at{};
};

/// What a locator does without, unless it is there.
struct LocatorSettings {
  /// For services that have no preference of their own.
  OriginFamily family = OriginFamily::automatic;
  /// Shared with whoever dials; outlives the locator. Null: the locator has one of its own, which
  /// learns nothing.
  AddressMemory* memory = nullptr;
  /// Takes addresses that failed and should be tried again; may be empty.
  std::function<void(const std::vector<net::SocketAddress>&)> retry{};
  /// Told what a dry run of the policy lets pass, each rule once a request, and for which service;
  /// may be empty.
  std::function<void(const Refusal& refusal, const Uuid& service)> would_refuse{};
};

/// From a descriptor to addresses: local policy, DNS of this network, policy again on each address
/// (protocol.md section 5), order of dialling.
class TargetLocator {
 public:
  /// Both must outlive the locator.
  TargetLocator(const CurrentPolicy& policy, dns::Lookups& resolver, LocatorSettings settings = {});
  TargetLocator(const TargetLocator&) = delete;
  TargetLocator& operator=(const TargetLocator&) = delete;
  ~TargetLocator() = default;

  /// `descriptor` must outlive the task, and so must `trace`, which is filled in unless it is null.
  Task<Target> locate(const tunnel::Descriptor& descriptor, LookupPreferences preferences,
                      TargetTrace* trace = nullptr);
  /// The target that `remembered` holds, if the policy in force is the one that passed it; null
  /// when it is not. Asking again took 3 400 of 62 000 instructions of a small request.
  std::shared_ptr<const Target> recall(const RememberedTarget& remembered) const;
  /// `target` is to be recalled while the policy stays as it was when locate() began.
  void remember(std::shared_ptr<const Target> target, RememberedTarget& remembered) const;

  /// Without preferences. Not a default argument: g++ 12 destroys such a temporary twice when it
  /// stands beside a co_await.
  Task<Target> locate(const tunnel::Descriptor& descriptor) {
    return locate(descriptor, LookupPreferences());
  }

  /// What the policy refused.
  const PolicyStatistics& policy_statistics() const { return policy_statistics_; }

  /// A unix socket in place of the service's address: rules about addresses do not speak of it,
  /// those about the service and its host name do.
  Target locate_unix(const tunnel::Descriptor& descriptor, const std::string& path);

 private:
  class Search;

  const CurrentPolicy& policy_;
  PolicyStatistics policy_statistics_;
  dns::Lookups& resolver_;
  LocatorSettings settings_;
  AddressMemory own_memory_;
  AddressMemory& memory_;
};

}  // namespace outhaul::agent
