#pragma once

#include <optional>

#include "agent/relay/failure_response.h"
#include "agent/relay/relay_request.h"

namespace outhaul::agent {

/// What can be said of any request without asking anybody: its size, whether there is memory for
/// it, and its service, by its descriptor or by the ingress table. Memory and service are left in
/// `request`. Nothing when it may go on.
std::optional<RelayFailure> admit(RelayRequest& request);

}  // namespace outhaul::agent
