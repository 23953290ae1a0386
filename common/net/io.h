#pragma once

#include <cstddef>

#include "common/async/task.h"
#include "common/base/bytes.h"
#include "common/base/result.h"
#include "common/net/byte_stream.h"

namespace outhaul::net {

/// The short forms of the usual loops over a ByteStream. The stream and the bytes must outlive the
/// task.

/// Waits for bytes and returns how many; 0 is the peer's clean end. `into` must not be empty. It
/// may be the loop's receive buffer: it is filled when bytes are there, not before the wait.
Task<Result<std::size_t>> read_some(ByteStream& stream, MutableBytes into);

/// Writes all of `bytes` and flushes, until nothing is staged any more.
Task<Result<void>> write_all(ByteStream& stream, Bytes bytes);

/// Flushes until nothing is staged any more.
Task<Result<void>> flush_all(ByteStream& stream);

/// Ends this side's direction after all that was written.
Task<Result<void>> shutdown(ByteStream& stream);

/// Whether an idle connection may carry another exchange: open, and nothing arrived that nobody
/// asked for. Costs no system call on a quiet TCP connection. When it says no, the connection is
/// good for nothing but destruction (a stray byte was taken).
bool reusable(ByteStream& stream);

}  // namespace outhaul::net
