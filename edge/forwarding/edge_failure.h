#pragma once

#include <optional>
#include <string>

#include "common/http/fault.h"
#include "common/http/message.h"
#include "common/tunnel/failure.h"

namespace outhaul::edge {

/// Why a request ends with an answer of the edge's own.
struct EdgeFailure {
  int status = 502;
  tunnel::ProxyError error = tunnel::ProxyError::destination_unavailable;
  /// For the client: what happened and how to mend it. Names no address of the private network.
  std::string detail;
  /// Whether the answer carries Retry-After.
  bool retry_later = false;
};

/// A request that breaks a rule of HTTP or of section 7 of protocol.md.
EdgeFailure failure_of_fault(const http::Fault& fault);

struct FailureAnswer {
  http::ResponseHead head;
  std::string body;
};

/// The answer: status, Proxy-Status in the name of `edge_name`, problem+json (RFC 9457).
FailureAnswer make_failure_answer(const EdgeFailure& failure, const std::string& edge_name);

}  // namespace outhaul::edge
