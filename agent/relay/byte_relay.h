#pragma once

#include "agent/origins/origin_connection.h"
#include "agent/relay/relay_request.h"
#include "common/async/task.h"

namespace outhaul::agent {

/// Carries bytes between a stream that has been answered and its origin, both ways, until both
/// directions have ended: END_STREAM becomes FIN and the other way round, each for itself
/// (protocol.md section 4). `idle` ends it when nothing moved for so long; 0 is never.
///
/// An abort of the origin resets the stream with `abort_code`. An abort of the stream destroys this
/// task, which resets the origin connection: an application must not take it for a clean end.
Task<void> relay_bytes(RelayRequest& request, OriginConnection& connection, Duration idle,
                       h2::ErrorCode abort_code);

/// The same between the stream and one of an HTTP/2 origin: END_STREAM becomes END_STREAM, and an
/// abort of either side resets the other with CANCEL.
Task<void> relay_streams(RelayRequest& request, h2::Stream& origin, Duration idle);

}  // namespace outhaul::agent
