#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/base/structured_fields.h"
#include "common/base/uuid.h"
#include "common/tunnel/failure.h"

namespace outhaul::tunnel {

/// One member to add to a Proxy-Status field (RFC 9209).
struct ProxyStatusMember {
  std::string name;
  /// Empty: the status is not this proxy's own; it only passed the response on.
  std::string error;
  /// For people with access to the edge; stripped before a client sees it. Bytes that a structured
  /// string cannot hold become '?', and it is cut after 256.
  std::string details;
  /// With dns_error, e.g. "NXDOMAIN".
  std::string rcode;
  /// Status of the origin's response, when this proxy replaced it.
  std::optional<int> received_status;

  friend bool operator==(const ProxyStatusMember&, const ProxyStatusMember&) = default;
};

/// A Proxy-Status field: the origin's side first, the client's side last. Members and parameters of
/// others are kept as they came.
class ProxyStatus {
 public:
  ProxyStatus() = default;

  /// All lines of the field together. Error kind `invalid`, also for a list that parses but whose
  /// members are not strings or tokens.
  static Result<ProxyStatus> parse(std::span<const std::string_view> lines);

  /// Appends a member. Asserts that its name and error can be written.
  void append(const ProxyStatusMember& member);
  /// Removes `details` and `next-hop` from every member.
  void strip_internal();

  /// The last member if its name is the one of this tunnel's agents, else nothing: the only member
  /// that an edge believes. Parameters of a wrong type are left out.
  std::optional<ProxyStatusMember> agent_member(const Uuid& tunnel_id) const;

  bool empty() const { return members_.empty(); }
  std::size_t size() const { return members_.size(); }
  std::string serialize() const;

 private:
  structured::List members_;
};

/// "agent-" and the first 8 digits of the tunnel id.
std::string agent_name(const Uuid& tunnel_id);

}  // namespace outhaul::tunnel
