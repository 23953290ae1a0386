#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/policy/policy.h"
#include "agent/relay/failure_response.h"
#include "common/async/task.h"
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

/// From a descriptor to addresses: local policy, DNS of this network, policy again on each address
/// (protocol.md section 5).
class TargetLocator {
 public:
  /// Both must outlive the locator.
  TargetLocator(const Policy& policy, dns::Resolver& resolver)
      : policy_(policy), resolver_(resolver) {}

  /// `descriptor` must outlive the task.
  Task<Target> locate(const tunnel::Descriptor& descriptor);

 private:
  Target check_addresses(const std::vector<IpAddress>& candidates,
                         const tunnel::Descriptor& descriptor) const;

  const Policy& policy_;
  dns::Resolver& resolver_;
};

}  // namespace outhaul::agent
