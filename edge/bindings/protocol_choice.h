#pragma once

#include "common/async/task.h"
#include "common/base/byte_queue.h"
#include "common/base/result.h"
#include "common/net/byte_stream.h"

namespace outhaul::edge {

enum class ClientProtocol : bool { http1, http2 };

/// Reads from a new connection until its first bytes tell HTTP/2 with prior knowledge (RFC 9113
/// section 3.3) from HTTP/1.1; what was read is in `input`. A connection that ends early counts as
/// HTTP/1.1. All references must outlive the task.
Task<Result<ClientProtocol>> choose_protocol(net::ByteStream& stream, ByteQueue& input);

}  // namespace outhaul::edge
