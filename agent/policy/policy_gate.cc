#include "agent/policy/policy_gate.h"

#include <cstddef>
#include <utility>

namespace outhaul::agent {

template <typename ByDefaults>
PolicyVerdict PolicyGate::judge(std::optional<Refusal> refusal, ByDefaults by_defaults) {
  PolicyVerdict verdict;
  if (!refusal) return verdict;
  if (policy_->rules().dry_run && refusal->by_operator()) {
    verdict.refusal = by_defaults();
    if (!verdict.refusal) {
      ++statistics_.would_refuse.at(static_cast<std::size_t>(refusal->kind));
      verdict.would_refuse = std::move(refusal);
      return verdict;
    }
  } else {
    verdict.refusal = std::move(refusal);
  }
  ++statistics_.refused.at(static_cast<std::size_t>(verdict.refusal->kind));
  return verdict;
}

PolicyVerdict PolicyGate::check_descriptor(const tunnel::Descriptor& descriptor) {
  return judge(policy_->check_descriptor(descriptor),
               [&] { return policy_->check_descriptor(descriptor, RuleScope::defaults); });
}

PolicyVerdict PolicyGate::check_before_port(const tunnel::Descriptor& descriptor) {
  return judge(policy_->check_before_port(descriptor),
               [&] { return policy_->check_before_port(descriptor, RuleScope::defaults); });
}

PolicyVerdict PolicyGate::check_service(const tunnel::Descriptor& descriptor) {
  return judge(policy_->check_service(descriptor),
               [&] { return policy_->check_service(descriptor, RuleScope::defaults); });
}

PolicyVerdict PolicyGate::check_alias(const tunnel::Descriptor& descriptor, std::string_view alias,
                                      std::uint16_t port) {
  return judge(policy_->check_alias(descriptor, alias, port),
               [] { return std::optional<Refusal>(); });
}

PolicyVerdict PolicyGate::check_address(const IpAddress& address, std::uint16_t port,
                                        const AddressUse& use) {
  return judge(policy_->check_address(address, port, use),
               [&] { return policy_->check_address(address, port, use, RuleScope::defaults); });
}

}  // namespace outhaul::agent
