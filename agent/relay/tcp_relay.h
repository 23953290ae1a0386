#pragma once

#include <optional>

#include "agent/relay/failure_response.h"
#include "agent/relay/relay_request.h"
#include "common/async/task.h"

namespace outhaul::agent {

/// Relays a plain CONNECT to a service of type tcp: dials first, answers 200 only when connected
/// (and secured, for scheme tls), then carries bytes. A failure is the caller's to answer.
/// `request` outlives the task.
Task<std::optional<RelayFailure>> relay_tcp(RelayRequest& request);

}  // namespace outhaul::agent
