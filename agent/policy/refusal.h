#pragma once

#include <string>
#include <string_view>

namespace outhaul::agent {

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

  /// One line for the log and the agent's operator.
  std::string message() const;
};

}  // namespace outhaul::agent
