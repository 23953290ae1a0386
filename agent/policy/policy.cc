#include "agent/policy/policy.h"

#include <algorithm>

#include "agent/policy/default_denials.h"
#include "common/tunnel/hostname.h"

namespace outhaul::agent {
namespace {

constexpr std::string_view denied_error = "http_request_denied";
constexpr std::string_view prohibited_error = "destination_ip_prohibited";
constexpr int denied_status = 403;
constexpr int prohibited_status = 502;

/// The address, and every IPv4 address that it would lead to.
std::vector<IpAddress> with_embedded(const IpAddress& address) {
  std::vector<IpAddress> all = embedded_v4(address);
  all.insert(all.begin(), address);
  return all;
}

bool matches(const Rule& rule, const IpAddress& address, std::uint16_t port,
             const AddressUse& use) {
  if (!rule.covers_port(port)) return false;
  if (rule.matches_address(address) || rule.matches_service(use.service_id)) return true;
  return use.role == AddressUse::Role::origin && rule.matches_host(use.hostname);
}

/// A deny rule for an IPv4 range also stops the same target inside an IPv6 tunnel format.
const Rule* find_denying(const std::vector<Rule>& rules, const IpAddress& address,
                         std::uint16_t port, const AddressUse& use) {
  if (rules.empty()) return nullptr;
  for (const IpAddress& candidate : with_embedded(address)) {
    for (const Rule& rule : rules) {
      if (matches(rule, candidate, port, use)) return &rule;
    }
  }
  return nullptr;
}

bool any_matches(const std::vector<Rule>& rules, const IpAddress& address, std::uint16_t port,
                 const AddressUse& use) {
  return std::any_of(rules.begin(), rules.end(),
                     [&](const Rule& rule) { return matches(rule, address, port, use); });
}

std::string target_text(const tunnel::Descriptor& descriptor) {
  if (!descriptor.hostname.empty()) {
    return descriptor.hostname + ":" + std::to_string(descriptor.port);
  }
  return endpoint_text((descriptor.ipv4 ? descriptor.ipv4 : descriptor.ipv6).value().address,
                       descriptor.port);
}

/// Whether a rule decides by the name of the service alone, before any address is known.
bool matches_name(const Rule& rule, const tunnel::Descriptor& descriptor) {
  return rule.matches_service(descriptor.id) || rule.matches_host(descriptor.hostname);
}

Refusal denied(RefusalKind kind, std::string target, std::string rule, std::string lift) {
  return {denied_status, denied_error, std::move(target), std::move(rule), std::move(lift), kind};
}

Refusal prohibited(RefusalKind kind, std::string target, std::string rule, std::string lift) {
  return {prohibited_status, prohibited_error, std::move(target),
          std::move(rule),   std::move(lift),  kind};
}

}  // namespace

std::string_view to_string(RefusalKind kind) {
  switch (kind) {
    case RefusalKind::bad_name:
      return "bad_name";
    case RefusalKind::deny_rule:
      return "deny_rule";
    case RefusalKind::no_allow_rule:
      return "no_allow_rule";
    case RefusalKind::default_range:
      return "default_range";
    case RefusalKind::own_listener:
      return "own_listener";
    case RefusalKind::edge_address:
      break;
  }
  return "edge_address";
}

std::string Refusal::message() const {
  std::string text = target + " is refused by the agent's policy: " + rule;
  if (!lift.empty()) text += "; lifted by " + lift;
  return text;
}

void Policy::set_protected(std::vector<ListenEndpoint> listeners, std::vector<IpAddress> edges) {
  listeners_ = std::move(listeners);
  edges_ = std::move(edges);
}

std::optional<Refusal> Policy::check_descriptor(const tunnel::Descriptor& descriptor,
                                                RuleScope scope) const {
  if (auto refusal = check_name(descriptor, Port::known, scope)) return refusal;
  if (auto refusal = check_literals(descriptor, scope)) return refusal;
  return check_resolvers(descriptor, scope);
}

std::optional<Refusal> Policy::check_before_port(const tunnel::Descriptor& descriptor,
                                                 RuleScope scope) const {
  if (auto refusal = check_name(descriptor, Port::unknown, scope)) return refusal;
  return check_resolvers(descriptor, scope);
}

std::optional<Refusal> Policy::check_service(const tunnel::Descriptor& descriptor,
                                             RuleScope scope) const {
  return check_name(descriptor, Port::known, scope);
}

std::optional<Refusal> Policy::check_name(const tunnel::Descriptor& descriptor, Port port,
                                          RuleScope scope) const {
  if (!descriptor.hostname.empty()) {
    // The descriptor's parser refuses these already; a resolver would read them as an address.
    if (const auto valid = tunnel::validate_hostname(descriptor.hostname); !valid) {
      return denied(RefusalKind::bad_name, target_text(descriptor), valid.error().message, {});
    }
  }
  if (scope == RuleScope::defaults) return std::nullopt;
  for (const Rule& rule : rules_.denies) {
    const bool covered = port == Port::known ? rule.covers_port(descriptor.port) : !rule.ports;
    if (!covered || !matches_name(rule, descriptor)) continue;
    return denied(RefusalKind::deny_rule, target_text(descriptor), "--deny " + rule.to_string(),
                  "removing --deny " + rule.to_string());
  }
  // Where a rule for addresses covers the port, check_address() decides.
  const bool may_pass =
      std::any_of(rules_.allows.begin(), rules_.allows.end(), [&](const Rule& rule) {
        const bool covered = port == Port::unknown || rule.covers_port(descriptor.port);
        return covered && (matches_name(rule, descriptor) || rule.names_addresses());
      });
  if (rules_.allows.empty() || may_pass) return std::nullopt;
  const std::string target = port == Port::known ? target_text(descriptor) : descriptor.hostname;
  return denied(RefusalKind::no_allow_rule, target, "no --allow rule matches it",
                "--allow " + target);
}

std::optional<Refusal> Policy::check_alias(const tunnel::Descriptor& descriptor,
                                           std::string_view alias, std::uint16_t port) const {
  for (const Rule& rule : rules_.denies) {
    if (!rule.covers_port(port) || !rule.matches_host(alias)) continue;
    return denied(RefusalKind::deny_rule,
                  std::string(alias) + ":" + std::to_string(port) + ", where " +
                      descriptor.hostname + " leads to,",
                  "--deny " + rule.to_string(), "removing --deny " + rule.to_string());
  }
  return std::nullopt;
}

std::optional<Refusal> Policy::check_literals(const tunnel::Descriptor& descriptor,
                                              RuleScope scope) const {
  const AddressUse use{descriptor.id, descriptor.hostname, AddressUse::Role::origin};
  std::optional<Refusal> first;
  for (const auto* literal : {&descriptor.ipv4, &descriptor.ipv6}) {
    if (!literal->has_value()) continue;
    auto refusal = check_address((*literal)->address, descriptor.port, use, scope);
    if (!refusal) return std::nullopt;
    if (!first) first = std::move(refusal);
  }
  return first;
}

std::optional<Refusal> Policy::check_resolvers(const tunnel::Descriptor& descriptor,
                                               RuleScope scope) const {
  const AddressUse use{descriptor.id, descriptor.hostname, AddressUse::Role::resolver};
  for (const tunnel::ResolverAddress& resolver : descriptor.resolver_ips) {
    auto refusal = check_address(resolver.ip.address, resolver.port, use, scope);
    if (!refusal) continue;
    refusal->target.insert(0, "resolver ");
    return refusal;
  }
  return std::nullopt;
}

std::optional<Refusal> Policy::check_address(const IpAddress& address, std::uint16_t port,
                                             const AddressUse& use, RuleScope scope) const {
  const bool all = scope == RuleScope::all;
  if (const Rule* rule = all ? find_denying(rules_.denies, address, port, use) : nullptr) {
    return prohibited(RefusalKind::deny_rule, endpoint_text(address, port),
                      "--deny " + rule->to_string(), "removing --deny " + rule->to_string());
  }
  auto by_default = find_default_reason(address, port, use);
  const bool allowed =
      !all || rules_.allows.empty() || any_matches(rules_.allows, address, port, use);
  if (!by_default && allowed) return std::nullopt;
  // Texts are made for refusals only: every request comes by here.
  DefaultReason reason{RefusalKind::no_allow_rule, "no --allow rule matches it"};
  const std::string target = endpoint_text(address, port);
  std::string lift;
  if (by_default) {
    reason = *std::move(by_default);
    lift = "--permit " + target;
  }
  if (!allowed) lift += (lift.empty() ? "--allow " : " --allow ") + target;
  return prohibited(reason.kind, target, std::move(reason.text), std::move(lift));
}

bool Policy::is_permitted(const IpAddress& outer, const IpAddress& address, std::uint16_t port,
                          const AddressUse& use) const {
  return std::any_of(rules_.permits.begin(), rules_.permits.end(), [&](const Rule& rule) {
    return rule.names_endpoint(outer, port) || matches(rule, address, port, use);
  });
}

std::optional<Policy::DefaultReason> Policy::find_default_reason(const IpAddress& address,
                                                                 std::uint16_t port,
                                                                 const AddressUse& use) const {
  const bool is_named =
      std::any_of(rules_.permits.begin(), rules_.permits.end(),
                  [&](const Rule& rule) { return rule.names_endpoint(address, port); });
  for (const IpAddress& candidate : with_embedded(address)) {
    if (auto reason = find_protected_reason(candidate, port); reason && !is_named) return reason;
    const DefaultDenial* denial = find_default_denial(candidate);
    if (denial == nullptr || is_permitted(address, candidate, port, use)) continue;
    std::string text =
        "denied by default (" + std::string(denial->name) + ", " + denial->prefix.to_string();
    if (candidate != address) text += ", around " + candidate.to_string();
    return DefaultReason{RefusalKind::default_range, text + ")"};
  }
  return std::nullopt;
}

std::optional<Policy::DefaultReason> Policy::find_protected_reason(const IpAddress& address,
                                                                   std::uint16_t port) const {
  for (const ListenEndpoint& listener : listeners_) {
    if (listener.port != port) continue;
    const Bytes bytes = listener.address.bytes();
    const bool is_any = std::all_of(bytes.begin(), bytes.end(),
                                    [](std::byte byte) { return byte == std::byte{0}; });
    if (listener.address == address || (is_any && is_loopback(address))) {
      return DefaultReason{RefusalKind::own_listener,
                           "denied by default (the agent itself listens there)"};
    }
  }
  if (std::find(edges_.begin(), edges_.end(), address) != edges_.end()) {
    return DefaultReason{RefusalKind::edge_address, "denied by default (address of an edge)"};
  }
  return std::nullopt;
}

}  // namespace outhaul::agent
