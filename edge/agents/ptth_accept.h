#pragma once

#include "common/async/loop.h"
#include "common/async/task.h"
#include "common/base/limits.h"
#include "common/base/result.h"
#include "common/net/byte_stream.h"
#include "edge/agents/setup_request.h"
#include "edge/snapshot_source.h"

namespace outhaul::edge {

/// The edge's end of profile `ptth` (protocol.md section 2.1), on a stream whose TLS handshake is
/// done: reads the setup request, judges it and writes the answer. After success the stream speaks
/// HTTP/2, the edge being the client; nothing of it has been read.
///
/// Error: the agent was refused, was silent for limits.setup_stage, or left. The answer, if any, is
/// written; the stream is good for nothing but closing. The message is for this edge's log. All
/// references must outlive the task.
Task<Result<AcceptedAgent>> accept_agent(Loop& loop, net::ByteStream& stream,
                                         const tunnel::Exporter& exporter, const SetupRules& rules,
                                         const SnapshotSource& snapshot, const Limits& limits);

}  // namespace outhaul::edge
