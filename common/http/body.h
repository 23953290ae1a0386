#pragma once

#include <cstddef>
#include <cstdint>

#include "common/async/readiness.h"
#include "common/async/task.h"
#include "common/async/timer.h"
#include "common/base/bytes.h"
#include "common/base/result.h"
#include "common/http/fields.h"

namespace outhaul::http {

enum class BodyState : std::uint8_t {
  open,      ///< more may come
  complete,  ///< ended as its framing promised; trailers() are final
  failed,    ///< cut off; error() says why. What was read must not be passed on as complete
};

/// The content of a message as it arrives, whatever framed it: an HTTP/1.1 body, an HTTP/2 stream,
/// one direction of a TCP connection.
class BodyReader {
 public:
  virtual ~BodyReader() = default;

  /// Content that is there now, contiguous; empty when there is none (look at state()). Valid until
  /// consume() or until the caller suspends, whichever is first.
  virtual Bytes peek() = 0;
  /// Gives back the first `count` bytes of what peek() showed. Consumption, not arrival, opens the
  /// sender's window.
  virtual void consume(std::size_t count) = 0;
  /// State once peek() is empty.
  virtual BodyState state() const = 0;
  /// Worth waiting for after an empty peek() in state open; may wake spuriously.
  virtual Readiness& readable() = 0;
  /// Trailer fields; empty before BodyState::complete.
  virtual const Fields& trailers() const = 0;
  /// Only meaningful in BodyState::failed.
  virtual const Error& error() const = 0;
};

/// Where the content of a message goes.
class BodyWriter {
 public:
  virtual ~BodyWriter() = default;

  /// Takes a prefix of `data` (copies it or hands it to the kernel) and says how much; 0 when there
  /// is no room: wait for writable().
  virtual std::size_t write(Bytes data) = 0;
  /// Whether write() would take at least one byte now. A reader is not asked for more before.
  virtual bool has_room() const = 0;
  /// Ends the content. No write may follow.
  virtual void finish(const Fields& trailers) = 0;
  /// Whether everything that was written, and the end, has left this process.
  virtual bool drained() const = 0;
  /// Sends what is staged as far as it goes now, for writers that stage; harmless otherwise.
  virtual void drive() = 0;
  virtual Readiness& writable() = 0;
  /// True when nothing can be written any more; error() says why.
  virtual bool failed() const = 0;
  virtual const Error& error() const = 0;
};

/// How long a pump() waits for progress; 0 means for ever.
struct PumpLimits {
  Duration read_idle{};
  Duration write_stall{};
};

/// What a pump() did, also when it did not succeed.
struct PumpEnd {
  std::uint64_t bytes = 0;
  bool reader_failed = false;
  bool timed_out = false;
};

/// Moves a whole body: reads only while the writer has room, ends the writer when the reader is
/// complete and waits until that has left. Trailers pass filter_trailers(). Otherwise returns the
/// reader's or the writer's error; `end` tells whose. All references must outlive the task.
Task<Result<void>> pump(Loop& loop, BodyReader& from, BodyWriter& to, PumpLimits limits,
                        PumpEnd& end);

}  // namespace outhaul::http
