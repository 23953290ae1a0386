#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"

namespace outhaul::edge {

/// The descriptor's rules for targets (docs/protocol.md section 3), applied when a service is
/// written, so that what the directory holds can always be sent. Each returns the canonical
/// spelling. Errors (invalid) say rule and fix, without the field's name.

/// A DNS name: LDH labels, at most 253 bytes. Upper case is lowered; an IP address is no hostname.
Result<std::string> canonical_hostname(std::string_view text);

Result<std::string> canonical_ipv4(std::string_view text);

/// No brackets, no zone, no v4-mapped address.
Result<std::string> canonical_ipv6(std::string_view text);

/// "ip", "ip:port" or "[v6]:port".
Result<std::string> canonical_resolver(std::string_view text);

/// A hint such as "postgresql": an RFC 9651 token in lower case, at most 64 bytes.
Result<std::string> canonical_app_protocol(std::string_view text);

}  // namespace outhaul::edge
