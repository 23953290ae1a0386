#pragma once

#include "common/async/loop.h"
#include "common/async/readiness.h"
#include "common/async/task.h"
#include "common/base/byte_queue.h"
#include "common/base/result.h"
#include "common/net/byte_stream.h"
#include "edge/bindings/h1_response_sink.h"

namespace outhaul::edge {

/// What an end of the client's direction means while its response is awaited.
enum class ClientEnd : bool {
  half_close,  ///< CONNECT and upgrades: one of two directions has ended
  leaving,     ///< a request: the client has most likely closed its socket, see ClientWatch
};

/// Looks after an HTTP/1.1 client that waits for its response, so that nobody works for one that
/// has gone. A reset ends the request at once. An end after a complete request is most often a
/// closed socket (TCP does not tell it from a half-close before something is sent), so the
/// response gets a short time to begin, which is enough for `printf ... | nc`, and then the request
/// ends too. A response that has begun goes on: writing it tells whether anybody is there.
class ClientWatch {
 public:
  /// The references must outlive the task. `patience`: how long a response may still take to begin
  /// after the client's end.
  ClientWatch(Loop& loop, net::ByteStream& stream, ByteQueue& input, const H1ResponseSink& sink,
              ClientEnd meaning, Duration patience);

  /// Begins once `request_read` is set. Takes in what is pipelined meanwhile, up to a limit; leaves
  /// the stream alone once the sink carries a tunnel. Ends only with the error that the client is
  /// gone.
  Task<Result<void>> run(Readiness& request_read);

 private:
  enum class Seen : bool { nothing, end };
  Task<Result<Seen>> read();

  Loop& loop_;
  net::ByteStream& stream_;
  ByteQueue& input_;
  const H1ResponseSink& sink_;
  ClientEnd meaning_;
  Duration patience_;
  Readiness never_;
};

}  // namespace outhaul::edge
