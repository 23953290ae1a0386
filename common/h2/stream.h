#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "common/async/loop.h"
#include "common/async/readiness.h"
#include "common/async/scope.h"
#include "common/base/byte_queue.h"
#include "common/base/memory_budget.h"
#include "common/base/memory_pool.h"
#include "common/base/result.h"
#include "common/http/body.h"
#include "common/http/message.h"

namespace outhaul::h2 {

class SessionCore;
struct StreamRecord;

/// RFC 9113 section 7.
enum class ErrorCode : std::uint32_t {
  no_error = 0,
  protocol_error = 1,
  internal_error = 2,
  flow_control_error = 3,
  settings_timeout = 4,
  stream_closed = 5,
  frame_size_error = 6,
  refused_stream = 7,
  cancel = 8,
  compression_error = 9,
  connect_error = 10,
  enhance_your_calm = 11,
  inadequate_security = 12,
  http_1_1_required = 13,
};

/// The code's name in RFC 9113 ("REFUSED_STREAM").
std::string_view to_string(ErrorCode code);

/// Which limit of SessionOptions a request head went over.
enum class Oversize : std::uint8_t {
  header_list,  ///< max_header_list_size: answer 431
  field_count,  ///< max_fields: answer 431
  field,        ///< max_field_size: answer 431
  path,         ///< max_path_size: answer 414
};

/// One request and its response on an HTTP/2 connection, seen from either end.
///
/// Owned by the application (Session::open and SessionHandler::on_request hand out unique_ptrs), so
/// it counts as active until the application lets go of it: a peer that cancels fast does not get
/// more work done at once than the limit (CVE-2023-44487, CVE-2025-8671). Destroying it before both
/// directions have ended resets the stream with CANCEL (or the code of abandon_with()); that is
/// done in the session's next send turn, never from the destructor. If the session goes first, the
/// stream fails: body() and the writer report it. The loop must outlive it.
///
/// Incoming content is the BodyReader: consuming opens the stream's window. Outgoing content is the
/// BodyWriter: it takes at most what the peer's stream window and 64 KiB of staging allow.
class Stream final : public Pooled {
 public:
  /// Sessions make streams; applications get them from Session::open and on_request.
  Stream(SessionCore& core, Loop& loop, StreamRecord& record);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  std::int32_t id() const;

  // --- server role ---

  /// The request; complete when the session hands the stream out.
  const http::RequestHead& request() const { return request_; }
  http::RequestHead& request() { return request_; }
  /// Set when the request head went over a limit: request() then lacks what did not fit, and the
  /// only thing to do is to answer (431, 414) and let go.
  std::optional<Oversize> oversized() const { return oversized_; }
  /// Sends an interim response (1xx but not 101). No effect after respond().
  void inform(const http::ResponseHead& head);
  /// Sends the final response head; `has_body` false ends the stream with it. Once per stream.
  /// limit: the block is larger than the peer or we allow; nothing was sent, answer otherwise.
  /// Any other error is failure(). A writer is of use only after this, with `has_body`.
  Result<void> respond(const http::ResponseHead& head, bool has_body);

  // --- client role ---

  /// The next response head: interim ones in order, then the final one (status >= 200). Nothing
  /// while none has arrived: wait for head_readable(). A head over a limit of SessionOptions, or
  /// more than 16 interim ones, fails the stream with kind limit.
  std::optional<http::ResponseHead> take_head();
  /// Worth waiting for after an empty take_head() while not failed(); may wake spuriously.
  Readiness& head_readable() { return head_readable_; }

  // --- both ---

  http::BodyReader& body() { return reader_; }
  http::BodyWriter& writer() { return writer_; }

  /// Ends both directions at once with `code`: the stream is failed() with kind cancelled, nobody
  /// else is told. No effect on a stream that has ended or failed.
  void reset(ErrorCode code);
  /// The code used when the stream is destroyed before its end; default CANCEL. With NO_ERROR after
  /// a complete response (finish() called, or a head without body), what is left of the response
  /// is still sent and then the unread rest of the request is declined (RFC 9113 section 8.1).
  void abandon_with(ErrorCode code) { abandon_code_ = code; }

  /// Whom to destroy when the peer resets the stream or the connection ends; null for nobody. The
  /// target must outlive the stream or be cleared. Not destroyed when only the rest of a request
  /// was cut off after its complete response (client role): the response is still good.
  void cancel_on_reset(Cancellable* target);
  /// The peer reset the stream, or the connection is gone, or reset() was called.
  bool failed() const { return failure_.has_value(); }
  /// Only when failed(): kind reset (RST_STREAM), closed (connection, GOAWAY), protocol (the peer
  /// sent a malformed message and got RST_STREAM for it), limit (a head or trailer section of the
  /// peer went over a limit) or cancelled (reset()).
  const Error& failure() const { return *failure_; }
  /// The code of the peer's RST_STREAM, if that is what ended the stream.
  std::optional<ErrorCode> peer_code() const { return peer_code_; }
  /// True when the peer certainly did no work for this request: REFUSED_STREAM, above the last
  /// stream of its GOAWAY, or HEADERS never left this process (RFC 9113 section 8.7).
  bool unprocessed() const { return unprocessed_; }

 private:
  friend class SessionCore;
  friend class ReceiveCallbacks;
  friend class SendCallbacks;
  /// Ends the stream; the first reason stays.
  void fail(Error error);
  bool response_is_complete() const;

  class Reader final : public http::BodyReader {
   public:
    explicit Reader(Stream& stream) : stream_(stream) {}
    Bytes peek() override;
    void consume(std::size_t count) override;
    http::BodyState state() const override;
    Readiness& readable() override { return stream_.body_readable_; }
    const http::Fields& trailers() const override { return stream_.trailers_; }
    const Error& error() const override { return *stream_.failure_; }

   private:
    Stream& stream_;
  };

  class Writer final : public http::BodyWriter {
   public:
    explicit Writer(Stream& stream) : stream_(stream) {}
    std::size_t write(Bytes data) override;
    bool has_room() const override;
    void finish(const http::Fields& trailers) override;
    bool drained() const override;
    void drive() override {}
    Readiness& writable() override { return stream_.body_writable_; }
    bool failed() const override { return stream_.failed(); }
    const Error& error() const override { return *stream_.failure_; }

   private:
    Stream& stream_;
  };

  SessionCore* core_;     // null once the session is gone
  StreamRecord* record_;  // the session's, or orphan_ once the session is gone
  std::unique_ptr<StreamRecord> orphan_;
  http::RequestHead request_;
  std::vector<http::ResponseHead> heads_;
  http::Fields trailers_;  // received
  ByteQueue in_;
  /// What the window grew by, if it did; in_ may hold as much as long as this lives.
  std::unique_ptr<MemoryShare> window_share_;
  Readiness head_readable_;
  Readiness body_readable_;
  Readiness body_writable_;
  Reader reader_{*this};
  Writer writer_{*this};
  Cancellable* cancel_target_ = nullptr;
  std::optional<Error> failure_;
  std::optional<ErrorCode> peer_code_;
  std::optional<Oversize> oversized_;
  ErrorCode abandon_code_ = ErrorCode::cancel;
  bool responded_ = false;
  bool unprocessed_ = false;
  bool cut_ = false;  // by this side, so what came is not complete even after END_STREAM
};

}  // namespace outhaul::h2
