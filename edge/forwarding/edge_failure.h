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
  /// Further fields of the answer.
  http::Fields fields{};
};

EdgeFailure refusal(int status, tunnel::ProxyError error, std::string detail);

/// A request that breaks a rule of HTTP or of section 7 of protocol.md.
EdgeFailure failure_of_fault(const http::Fault& fault);

struct FailureAnswer {
  http::ResponseHead head;
  std::string body;
};

/// What all answers of this edge tell beside their failure.
struct AnswerContext {
  /// In Proxy-Status: a token.
  std::string edge_name;
  /// In the body, so that whoever complains can name the log line.
  std::string request_id;
};

/// The answer: status, Proxy-Status in the name of the edge, problem+json (RFC 9457).
FailureAnswer make_failure_answer(const EdgeFailure& failure, const AnswerContext& context);

/// The answer in place of one that an agent made itself: `head` as it goes to the client, with a
/// body of the edge's own, because the agent's may name addresses of the private network. `error`
/// is the RFC 9209 type.
FailureAnswer replace_agent_answer(http::ResponseHead head, const std::string& error,
                                   const AnswerContext& context);

}  // namespace outhaul::edge
