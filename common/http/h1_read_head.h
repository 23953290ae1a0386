#pragma once

#include "common/async/task.h"
#include "common/base/byte_queue.h"
#include "common/base/result.h"
#include "common/http/h1_head.h"
#include "common/net/byte_stream.h"

namespace outhaul::http {

/// How reading a head from a connection ended.
enum class HeadRead : std::uint8_t {
  complete,  ///< parser.take_head()
  refused,   ///< parser.fault() says which rule the peer broke
  ended,     ///< the peer closed before the first byte: a clean end between messages
};

/// Feeds `parser` from `input` and then from `stream` until its head is complete; bytes behind the
/// head stay in `input`. Errors: the stream's own, or `closed` when it ends inside the head. The
/// references must outlive the task. Combine with with_deadline against slow senders.
template <typename Parser>
Task<Result<HeadRead>> read_head(Parser& parser, net::ByteStream& stream, ByteQueue& input) {
  for (;;) {
    while (!input.empty()) {
      const HeadStep step = parser.feed(input.front());
      input.consume(step.consumed);
      if (step.status == HeadStatus::complete) co_return HeadRead::complete;
      if (step.status == HeadStatus::failed) co_return HeadRead::refused;
    }
    const net::IoResult got = stream.read(input.prepare());
    if (got.status == net::IoStatus::done) {
      input.commit(got.bytes);
      continue;
    }
    input.release_unused();
    if (got.status == net::IoStatus::failed) co_return stream.error();
    if (got.status == net::IoStatus::end) {
      if (parser.at_start()) co_return HeadRead::ended;
      co_return Error{ErrorKind::closed, "the connection ended inside the message head"};
    }
    co_await stream.readable().wait();
  }
}

}  // namespace outhaul::http
