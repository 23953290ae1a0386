#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "agent/policy/policy.h"

namespace outhaul::agent {

/// The policy in force, which a reload replaces. Who decides something in several steps takes it
/// once at the beginning, so that a request is judged by one policy from its first step to its
/// last.
class CurrentPolicy {
 public:
  explicit CurrentPolicy(Policy policy = {})
      : policy_(std::make_shared<const Policy>(std::move(policy))) {}

  /// Never null.
  std::shared_ptr<const Policy> get() const { return policy_; }

  /// Whether `policy` is the one in force.
  bool is(const std::shared_ptr<const Policy>& policy) const { return policy == policy_; }

  /// Takes the rules of `policy` and keeps the protected endpoints.
  void set_rules(Policy policy) {
    policy.set_protected(listeners_, edges_);
    policy_ = std::make_shared<const Policy>(std::move(policy));
  }

  /// As Policy::set_protected().
  void set_protected(std::vector<ListenEndpoint> listeners, std::vector<IpAddress> edges) {
    listeners_ = std::move(listeners);
    edges_ = std::move(edges);
    set_rules(*policy_);
  }

 private:
  std::vector<ListenEndpoint> listeners_;
  std::vector<IpAddress> edges_;
  std::shared_ptr<const Policy> policy_;
};

}  // namespace outhaul::agent
