#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace outhaul::agent {

/// What kind of rule refuses.
enum class RefusalKind : std::uint8_t {
  bad_name,       ///< the host name breaks the rules for names
  deny_rule,      ///< --deny
  no_allow_rule,  ///< there are --allow rules, and none matches
  default_range,  ///< a range that is denied by default
  own_listener,   ///< the agent itself listens there
  edge_address,   ///< address of an edge
};
inline constexpr std::size_t refusal_kind_count = 6;

/// "bad_name", "deny_rule"...: stable, for logs and metrics.
std::string_view to_string(RefusalKind kind);

/// Why the policy refuses a target, and how to change that.
struct Refusal {
  /// The status of the answer: 403, or 502 when an address is the reason.
  int status = 403;
  /// The error type of RFC 9209 for Proxy-Status.
  std::string_view proxy_status_error;
  /// What is refused: "127.0.0.1:8080".
  std::string target;
  /// The rule: "denied by default (loopback, 127.0.0.0/8)", "--deny 10.0.0.0/8".
  std::string rule;
  /// What lifts it: "--permit 127.0.0.1:8080", "removing --deny 10.0.0.0/8". Empty: nothing does.
  std::string lift;
  RefusalKind kind = RefusalKind::deny_rule;

  /// Whether rules that the operator wrote refuse, and no default does.
  bool by_operator() const {
    return kind == RefusalKind::deny_rule || kind == RefusalKind::no_allow_rule;
  }
  /// One line for the log and the agent's operator.
  std::string message() const;
};

}  // namespace outhaul::agent
