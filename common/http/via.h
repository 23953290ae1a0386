#pragma once

#include <string_view>

#include "common/http/fields.h"

namespace outhaul::http {

// Via (RFC 9110 section 7.6.3). The pseudonym is that of one hop: agent and edge need different
// ones, or each would take the other for itself.

/// Appends `via: <protocol> <pseudonym>`; `protocol` is that of the received message, "2" on a
/// tunnel, "1.1" at a listener.
void add_via(Fields& fields, std::string_view protocol, std::string_view pseudonym);

/// True when some Via member was added under that pseudonym (compared without case, comments
/// skipped): the request runs in a circle; answer 502 proxy_loop_detected.
bool has_passed(const Fields& fields, std::string_view pseudonym);

}  // namespace outhaul::http
