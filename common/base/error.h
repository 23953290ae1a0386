#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace outhaul {

/// What went wrong, as far as a caller can act on it. The message carries the rest for people.
enum class ErrorKind : std::uint8_t {
  invalid,          ///< input breaks a documented rule; the message names the field and the rule
  not_found,        ///< the thing that was named does not exist
  denied,           ///< a policy or a credential says no
  limit,            ///< a documented limit was reached
  closed,           ///< the peer ended cleanly where more was due
  reset,            ///< the peer, or the network, cut the connection
  refused,          ///< connection refused
  unreachable,      ///< no route, network or host unreachable
  timed_out,        ///< a deadline passed
  cancelled,        ///< given up on purpose by this side
  protocol,         ///< the peer broke its protocol
  tls_protocol,     ///< the peer does not speak TLS, or no common version or cipher
  tls_certificate,  ///< chain, name, date, purpose or pin of the peer's certificate
  tls_alert,        ///< the peer answered our handshake with an alert
  dns_timeout,      ///< no DNS server answered in time
  dns_failure,      ///< DNS answered: no such name, no address, or a failure code
  system,           ///< an operating-system call failed
};

/// Stable lower-case name for logs ("timed_out").
std::string_view to_string(ErrorKind kind);

/// An error that a caller handles. Never holds a secret: messages are logged and shown.
struct Error {
  ErrorKind kind = ErrorKind::system;
  std::string message;
};

/// Builds an Error from an errno value, mapping the kinds that callers act on. `doing` completes
/// the sentence "<doing>: <strerror>", e.g. "connect to 10.0.0.5:80".
Error system_error(int error_number, std::string_view doing);

}  // namespace outhaul
