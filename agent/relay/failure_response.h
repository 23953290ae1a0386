#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/base/error.h"
#include "common/base/uuid.h"
#include "common/http/fault.h"
#include "common/http/message.h"
#include "common/tunnel/failure.h"

namespace outhaul::agent {

/// Why a request ends with an answer of the agent's own (protocol.md section 4).
struct RelayFailure {
  tunnel::Failure failure;
  /// For people: what happened and how to mend it. Goes into the problem body and the log.
  std::string detail;
  /// DNS response code, with dns_failed only.
  std::string rcode{};
};

/// A failure to dial or to speak TLS to an origin, in the terms of the table.
tunnel::Failure failure_of_connecting(ErrorKind kind);
/// A failure of an established connection before the response head is complete.
tunnel::Failure failure_of_response(ErrorKind kind);
/// A request that breaks a rule.
tunnel::Failure failure_of_request(http::FaultReason reason);

/// The agent's own response.
struct FailureResponse {
  http::ResponseHead head;
  std::string body;
};

/// Builds the answer: status and Proxy-Status by the table, a problem+json body, `Tunnel-Retry: ?1`
/// when `untouched` (no byte of the request was handed to an origin).
FailureResponse make_failure_response(const RelayFailure& failure, const Uuid& tunnel_id,
                                      bool untouched);

/// The Proxy-Status value of a response that has none: this agent's member alone.
std::string own_proxy_status(const Uuid& tunnel_id);
/// The Proxy-Status value of a response that the origin made: the origin's own members when they
/// parse, then the agent's.
std::string forwarded_proxy_status(const http::Fields& origin_fields, const Uuid& tunnel_id);

}  // namespace outhaul::agent
