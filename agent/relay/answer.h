#pragma once

#include "agent/relay/failure_response.h"
#include "agent/relay/relay_request.h"
#include "common/async/task.h"

namespace outhaul::agent {

/// Whether the answer to a request has content (RFC 9110 section 9.3.2).
enum class AnswerContent : bool { none, problem };

/// Sends the agent's own answer and waits until it has left.
Task<void> answer(RelayRequest& request, const RelayFailure& failure, AnswerContent content);

/// Waits until a response that has been written, and its end, has left. A receiver that takes no
/// byte for the service's idle time gets the stream reset.
Task<void> wait_until_sent(RelayRequest& request);

}  // namespace outhaul::agent
