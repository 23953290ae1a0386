#pragma once

#include <optional>
#include <string_view>

#include "common/http/fault.h"
#include "common/http/fields.h"
#include "common/http/head_limits.h"
#include "common/http/message.h"

namespace outhaul::http {

// The checks of protocol.md section 7 on messages that cross between HTTP/2 and HTTP/1.1. Each
// returns the first rule that is broken, or nothing. The rewrites are in field_filter.h and via.h.

/// Moves a `host` field into `authority`: at most one line, valid, and equal to the authority but
/// for case when there are both. Call it before check_request on what HTTP/2 delivered.
std::optional<Fault> merge_host(RequestHead& head);

/// Every rule for a request's head, connection-specific fields included: HTTP/2 forbids them, and
/// one that came by HTTP/1.1 has been through strip_hop_by_hop. Every request must name its
/// authority. Not among the checks, because it needs the own name: has_passed() of via.h.
std::optional<Fault> check_request(const RequestHead& head, const HeadLimits& limits = {});

/// Status, field names and values, and limits of a response's head.
std::optional<Fault> check_response(const ResponseHead& head, const HeadLimits& limits = {});

/// Names, values and limits of a trailer section that HTTP/2 delivered.
std::optional<Fault> check_trailers(const Fields& trailers, const HeadLimits& limits = {});

}  // namespace outhaul::http
