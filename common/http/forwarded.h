#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/http/fields.h"

namespace outhaul::http {

// Who is asking: Forwarded (RFC 7239) and the X-Forwarded-* fields that came before it.

/// What a proxy knows of the client in front of it.
struct ForwardedHop {
  /// "10.0.0.7:50412" or "[fd00::7]:50412"; anything else, such as a unix socket, is unknown.
  std::string_view client;
  /// Scheme and authority that the client asked for; either may be empty.
  std::string_view scheme;
  std::string_view host;
};

/// Removes what a client may have claimed: Forwarded, X-Forwarded-*, X-Real-IP.
void remove_forwarded(Fields& fields);

/// Appends the hop to Forwarded and X-Forwarded-For; sets X-Forwarded-Proto and X-Forwarded-Host
/// unless an earlier proxy has.
void add_forwarded(Fields& fields, const ForwardedHop& hop);

/// The Forwarded member of one hop: `for="10.0.0.7:50412";proto=https;host=api.internal`.
std::string forwarded_member(const ForwardedHop& hop);

/// `for` of the last member of the last Forwarded line, unquoted; none when there is no such line
/// or parameter. Only as good as who wrote it.
std::optional<std::string> last_forwarded_for(const Fields& fields);

}  // namespace outhaul::http
