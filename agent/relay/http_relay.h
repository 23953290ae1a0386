#pragma once

#include <optional>

#include "agent/relay/failure_response.h"
#include "agent/relay/relay_request.h"
#include "common/async/task.h"

namespace outhaul::agent {

/// Relays one HTTP request to its origin and the response back. A failure is the caller's to
/// answer; nothing means that the response has been sent, or cut. `request` outlives the task.
Task<std::optional<RelayFailure>> relay_http(RelayRequest& request);

}  // namespace outhaul::agent
