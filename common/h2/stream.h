#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "common/async/loop.h"
#include "common/async/readiness.h"
#include "common/async/scope.h"
#include "common/base/byte_queue.h"
#include "common/base/result.h"
#include "common/http/body.h"
#include "common/http/message.h"

namespace outhaul::h2 {

class Session;

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

/// One request and its response on an HTTP/2 connection, seen from either end.
///
/// Owned by the application (Session::open and SessionHandler::on_request hand out unique_ptrs), so
/// it counts as active until the application lets go of it: a peer that cancels fast does not get
/// more work done at once than the limit (CVE-2023-44487, CVE-2025-8671). Destroying it before both
/// directions have ended resets the stream with CANCEL (or the code of abandon_with()); that is done
/// in the session's next send turn, never from the destructor. If the session goes first, the stream
/// fails: body() and the writer report it.
///
/// Incoming content is the BodyReader: consuming opens the stream's window. Outgoing content is the
/// BodyWriter: it takes at most what the peer's stream window and 64 KiB of staging allow.
class Stream final {
 public:
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  std::int32_t id() const { return id_; }

  // --- server role ---

  /// The request; complete when the session hands the stream out.
  const http::RequestHead& request() const { return request_; }
  http::RequestHead& request() { return request_; }
  /// Sends an interim response (1xx but not 101). No effect after respond().
  void inform(const http::ResponseHead& head);
  /// Sends the final response head; `has_body` false ends the stream with it. Once per stream.
  /// limit: the block is larger than the peer or we allow; nothing was sent, answer otherwise.
  Result<void> respond(const http::ResponseHead& head, bool has_body);

  // --- client role ---

  /// The next response head: interim ones in order, then the final one (status >= 200). Nothing
  /// while none has arrived: wait for head_readable().
  std::optional<http::ResponseHead> take_head();
  /// Worth waiting for after an empty take_head() while not failed(); may wake spuriously.
  Readiness& head_readable() { return head_readable_; }

  // --- both ---

  http::BodyReader& body() { return reader_; }
  http::BodyWriter& writer() { return writer_; }

  /// Ends both directions at once with `code`. Later calls have no effect.
  void reset(ErrorCode code);
  /// The code used when the stream is destroyed before its end; default CANCEL. With NO_ERROR after
  /// a complete response, the unread rest of a request is declined (RFC 9113 section 8.1).
  void abandon_with(ErrorCode code) { abandon_code_ = code; }

  /// Whom to destroy when the peer resets the stream or the connection ends; null for nobody. The
  /// target must outlive the stream or be cleared.
  void cancel_on_reset(Cancellable* target);
  /// The peer reset the stream, or the connection is gone.
  bool failed() const { return failure_.has_value(); }
  /// Only when failed(): kind reset (RST_STREAM) or closed (connection).
  const Error& failure() const { return *failure_; }
  /// The code of the peer's RST_STREAM, if that is what ended the stream.
  std::optional<ErrorCode> peer_code() const { return peer_code_; }
  /// True when the peer certainly did no work for this request: REFUSED_STREAM, above the last
  /// stream of its GOAWAY, or HEADERS never left this process (RFC 9113 section 8.7).
  bool unprocessed() const { return unprocessed_; }

 private:
  friend class Session;
  friend class SessionCallbacks;
  Stream(Session& session, Loop& loop);

  class Reader final : public http::BodyReader {
   public:
    explicit Reader(Stream& stream) : stream_(stream) {}
    Bytes peek() override;
    void consume(std::size_t count) override;
    http::BodyState state() const override;
    Readiness& readable() override { return stream_.body_readable_; }
    const http::Fields& trailers() const override { return stream_.trailers_in_; }
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

  Session* session_;  // null once the session is gone
  std::int32_t id_ = -1;
  http::RequestHead request_;
  std::deque<http::ResponseHead> heads_;
  http::Fields trailers_in_;
  http::Fields trailers_out_;
  ByteQueue in_;
  ByteQueue out_;
  Readiness head_readable_;
  Readiness body_readable_;
  Readiness body_writable_;
  Reader reader_{*this};
  Writer writer_{*this};
  Cancellable* cancel_target_ = nullptr;
  std::optional<Error> failure_;
  std::optional<ErrorCode> peer_code_;
  ErrorCode abandon_code_ = ErrorCode::cancel;
  bool remote_ended_ = false;   // END_STREAM received
  bool local_finished_ = false; // finish() called, or a head without body sent
  bool local_ended_ = false;    // END_STREAM sent
  bool responded_ = false;
  bool deferred_ = false;       // nghttp2's data source waits for content
  bool unprocessed_ = false;
};

}  // namespace outhaul::h2
