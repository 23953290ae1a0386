#pragma once

#include <memory>
#include <string>

#include "agent/relay/relay_context.h"
#include "common/async/task.h"
#include "common/h2/stream.h"

namespace outhaul::agent {

/// Relays one request of type http to its origin and the response back: the way of one request,
/// read top to bottom in http_relay.cc. Owns the stream; destroying the task (what a reset of the
/// stream leads to) closes the origin connection. `edge` names the tunnel connection, for the log.
Task<void> relay_http(RelayContext& context, std::string edge, std::unique_ptr<h2::Stream> stream);

}  // namespace outhaul::agent
