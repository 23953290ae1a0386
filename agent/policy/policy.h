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
  std::optional<Refusal> check_descriptor(const tunnel::Descriptor& descriptor) const;

  /// The part of it that is decided without an address: service id, host name and port (403).
  std::optional<Refusal> check_service(const tunnel::Descriptor& descriptor) const;

  /// The check of the very address that is dialled next (502).
  std::optional<Refusal> check_address(const IpAddress& address, std::uint16_t port,
                                       const AddressUse& use) const;

 private:
  std::optional<Refusal> check_literals(const tunnel::Descriptor& descriptor) const;
  std::optional<Refusal> check_resolvers(const tunnel::Descriptor& descriptor) const;
  bool is_permitted(const IpAddress& outer, const IpAddress& address, std::uint16_t port,
                    const AddressUse& use) const;
  std::optional<std::string> find_default_reason(const IpAddress& address, std::uint16_t port,
                                                 const AddressUse& use) const;
  std::optional<std::string> find_protected_reason(const IpAddress& address,
                                                   std::uint16_t port) const;

  PolicyRules rules_;
  std::vector<ListenEndpoint> listeners_;
  std::vector<IpAddress> edges_;
};

}  // namespace outhaul::agent
