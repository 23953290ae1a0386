#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "agent/policy/policy.h"
#include "agent/policy/refusal.h"
#include "common/base/ip_address.h"
#include "common/tunnel/descriptor.h"

namespace outhaul::agent {

/// Refusals since the start, by RefusalKind. Each address counts by itself, also where another
/// address of the same name was allowed.
struct PolicyStatistics {
  std::array<std::uint64_t, refusal_kind_count> refused{};
  /// In a dry run: what would have been refused.
  std::array<std::uint64_t, refusal_kind_count> would_refuse{};
};

/// What became of a question to the policy. At most one of the two is set.
struct PolicyVerdict {
  std::optional<Refusal> refusal;
  /// A dry run let it pass.
  std::optional<Refusal> would_refuse;
};

/// Asks the policy on behalf of requests: counts what it refuses, and in a dry run lets pass what
/// only the operator's own rules refuse.
class PolicyGate {
 public:
  /// For the questions of one request; `policy` is not null and `statistics` outlives the gate.
  PolicyGate(std::shared_ptr<const Policy> policy, PolicyStatistics& statistics)
      : policy_(std::move(policy)), statistics_(statistics) {}

  // As the functions of Policy with the same names.
  PolicyVerdict check_descriptor(const tunnel::Descriptor& descriptor);
  PolicyVerdict check_before_port(const tunnel::Descriptor& descriptor);
  PolicyVerdict check_service(const tunnel::Descriptor& descriptor);
  PolicyVerdict check_alias(const tunnel::Descriptor& descriptor, std::string_view alias,
                            std::uint16_t port);
  PolicyVerdict check_address(const IpAddress& address, std::uint16_t port, const AddressUse& use);

 private:
  /// `by_defaults` is asked only when a dry run is about to let `refusal` pass.
  template <typename ByDefaults>
  PolicyVerdict judge(std::optional<Refusal> refusal, ByDefaults by_defaults);

  std::shared_ptr<const Policy> policy_;
  PolicyStatistics& statistics_;
};

}  // namespace outhaul::agent
