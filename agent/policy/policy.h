#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/policy/refusal.h"
#include "agent/policy/rule.h"
#include "common/base/ip_address.h"
#include "common/base/uuid.h"
#include "common/tunnel/descriptor.h"

namespace outhaul::agent {

struct PolicyRules {
  std::vector<Rule> permits;
  std::vector<Rule> allows;
  std::vector<Rule> denies;
  /// What allow and deny rules refuse is to be told, not to be refused. What is denied by default
  /// stays denied. Policy only keeps this; PolicyGate acts by it.
  bool dry_run = false;
};

/// Which rules a check looks at.
enum class RuleScope : std::uint8_t {
  all,
  defaults,  ///< only what is denied by default, and permit rules
};

/// An address and port on which this process listens.
struct ListenEndpoint {
  IpAddress address;
  std::uint16_t port = 0;
};

/// For whom an address is about to be used. Views; the caller's storage outlives the check.
struct AddressUse {
  enum class Role : std::uint8_t { origin, resolver };

  Uuid service_id;
  /// Empty when the service names its target by address.
  std::string_view hostname;
  Role role = Role::origin;
};

/// Which targets the agent may reach, whatever an edge asks for (protocol section 5). Pure: no
/// look-ups, no I/O. A target passes when
///   - no deny rule matches it, and
///   - one allow rule matches it, if there are any, and
///   - its address is in no range denied by default, or a permit rule matches it.
/// A rule for a service or a host name covers the addresses that this service or name leads to. A
/// host name covers no resolver: the edge chooses the resolvers, and they choose the answers.
/// The agent's own listeners and the edges' addresses are given up only to a permit rule for
/// exactly that address and port.
class Policy {
 public:
  /// Without rules: what is denied by default is denied, everything else passes.
  Policy() = default;
  explicit Policy(PolicyRules rules) : rules_(std::move(rules)) {}

  const PolicyRules& rules() const { return rules_; }

  /// Replaces the protected endpoints. A listener on 0.0.0.0 or :: protects its port on every
  /// loopback address; the caller adds one entry for each further address of the machine. An edge
  /// is protected on all ports.
  void set_protected(std::vector<ListenEndpoint> listeners, std::vector<IpAddress> edges);

  /// The check before any look-up: service id, host name and port (403), literal addresses and
  /// resolvers (502). Of two literal addresses one may be refused, so each one still goes through
  /// check_address() before it is dialled; of the resolvers none may be.
  std::optional<Refusal> check_descriptor(const tunnel::Descriptor& descriptor,
                                          RuleScope scope = RuleScope::all) const;

  /// The same for a service whose port an SRV record will tell: rules with ports are left to
  /// check_descriptor() with that port.
  std::optional<Refusal> check_before_port(const tunnel::Descriptor& descriptor,
                                           RuleScope scope = RuleScope::all) const;

  /// The check of another name that the host name of a service led to - by CNAME, SRV or a search
  /// domain - against deny rules for names (403). Else a name of somebody else's domain could point
  /// at the name that is denied.
  std::optional<Refusal> check_alias(const tunnel::Descriptor& descriptor, std::string_view alias,
                                     std::uint16_t port) const;

  /// The part of it that is decided without an address: service id, host name and port (403).
  std::optional<Refusal> check_service(const tunnel::Descriptor& descriptor,
                                       RuleScope scope = RuleScope::all) const;

  /// The check of the very address that is dialled next (502).
  std::optional<Refusal> check_address(const IpAddress& address, std::uint16_t port,
                                       const AddressUse& use,
                                       RuleScope scope = RuleScope::all) const;

 private:
  enum class Port : std::uint8_t { known, unknown };
  struct DefaultReason {
    RefusalKind kind;
    std::string text;
  };

  std::optional<Refusal> check_name(const tunnel::Descriptor& descriptor, Port port,
                                    RuleScope scope) const;
  std::optional<Refusal> check_literals(const tunnel::Descriptor& descriptor,
                                        RuleScope scope) const;
  std::optional<Refusal> check_resolvers(const tunnel::Descriptor& descriptor,
                                         RuleScope scope) const;
  bool is_permitted(const IpAddress& outer, const IpAddress& address, std::uint16_t port,
                    const AddressUse& use) const;
  std::optional<DefaultReason> find_default_reason(const IpAddress& address, std::uint16_t port,
                                                   const AddressUse& use) const;
  std::optional<DefaultReason> find_protected_reason(const IpAddress& address,
                                                     std::uint16_t port) const;

  PolicyRules rules_;
  std::vector<ListenEndpoint> listeners_;
  std::vector<IpAddress> edges_;
};

}  // namespace outhaul::agent
