#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "common/base/byte_queue.h"
#include "common/h2/stream.h"
#include "common/http/fields.h"

namespace outhaul::h2 {

/// What the session keeps about one stream; nghttp2's user data of it. It is there while nghttp2
/// knows the stream or the application holds it, so the outgoing half can end by itself after the
/// application has let go, and nghttp2 never points to a dead Stream.
struct StreamRecord {
  Stream* stream = nullptr;             // null once the application has let go
  std::unique_ptr<Stream> undelivered;  // server role: its head is still arriving
  std::size_t index = 0;                // in SessionCore's list of records
  std::int32_t id = -1;
  bool open = false;      // nghttp2 knows the stream
  bool settled = false;   // let go of, and the session has drawn the consequences
  bool complete = false;  // both halves ended in order while the application still holds it

  // The outgoing half.
  ByteQueue out;
  http::Fields trailers;
  bool finished = false;  // finish() called, or a head without body submitted
  bool ended = false;     // END_STREAM sent
  bool deferred = false;  // nghttp2's data source waits for content
  bool reset = false;     // RST_STREAM submitted by this side
  bool stalled = false;   // counted as waiting for the peer's window
  /// Count of staged bytes before the request's HEADERS; nothing while they are not staged.
  std::optional<std::uint64_t> headers_at;

  // The incoming half.
  bool final_head = false;     // client role: a response head >= 200 has come
  std::uint32_t interims = 0;  // client role: 1xx heads so far
  bool remote_ended = false;   // END_STREAM received
  std::uint32_t window = 0;    // what the peer was granted at a time
  std::uint64_t received = 0;
  std::uint64_t received_before = 0;  // when the measurement of the path began
  bool starved = false;               // since then the application found nothing to read once
  std::optional<ErrorCode> peer_code;
  ErrorCode abandon_code = ErrorCode::cancel;
};

}  // namespace outhaul::h2
