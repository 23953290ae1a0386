#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "common/async/readiness.h"
#include "common/base/bytes.h"
#include "common/base/error.h"

namespace outhaul::net {

enum class IoStatus : std::uint8_t {
  done,         ///< `bytes` were moved (at least one, unless nothing was asked for)
  would_block,  ///< nothing can be moved now; wait for readable() or writable()
  end,          ///< read only: the peer ended its direction cleanly
  failed,       ///< the stream is dead; error() says why
};

struct IoResult {
  IoStatus status = IoStatus::done;
  std::size_t bytes = 0;
};

/// An ordered, two-way stream of bytes: TCP, TLS over another stream, or memory in tests.
///
/// Calls never block and never suspend; waiting is separate, so that nobody holds a buffer while
/// idle and no coroutine is needed for bytes that are there already:
///
///   for (;;) {
///     const IoResult got = stream.read(loop.receive_buffer());
///     if (got.status == IoStatus::would_block) {
///       co_await stream.readable().wait();
///       continue;
///     }
///     ...
///   }
///
/// Waiting is allowed only after would_block; it may end spuriously. One reader and one writer.
/// Destroying the stream closes it without ceremony; reset() first tells the peer that it was no
/// clean end. A stream does not own its loop and must be destroyed before it.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  /// Moves up to `into.size()` bytes that have arrived.
  virtual IoResult read(MutableBytes into) = 0;

  /// Takes bytes of `parts`, in order, and says how many; what was taken will be sent by this or a
  /// later flush(). A stream that stages output takes no more while its stage is full.
  virtual IoResult write(std::span<const Bytes> parts) = 0;

  /// Sends staged output: done when nothing is staged any more, would_block while the transport is
  /// full. Streams without a stage are always done.
  virtual IoResult flush() = 0;

  /// Ends this side's direction after all that was written (FIN; close_notify on TLS). Reading goes
  /// on. would_block: staged output is in the way, flush first and call again.
  virtual IoResult shutdown_write() = 0;

  /// Cuts the stream so that the peer sees an abort (RST on TCP). Later calls fail.
  virtual void reset() = 0;

  virtual Readiness& readable() = 0;
  virtual Readiness& writable() = 0;

  /// Why a call failed. Only meaningful after IoStatus::failed.
  virtual const Error& error() const = 0;
};

}  // namespace outhaul::net
