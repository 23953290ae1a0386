#pragma once

#include <cstdint>
#include <optional>

#include "common/base/byte_queue.h"
#include "common/http/body.h"
#include "common/http/h1_chunked.h"
#include "common/http/h1_framing.h"
#include "common/net/byte_stream.h"

namespace outhaul::http {

/// The body of one HTTP/1.1 message on a connection (RFC 9112 section 6). Reads from the stream
/// only when asked and only when nothing is left over; bytes behind the end of the body stay in
/// `input` for the next message. Both references must outlive the reader.
///
/// An end of the stream before the framing says so is BodyState::failed (closed): a cut body never
/// looks complete. With until_close only a clean end counts, on TLS that is a close_notify.
class H1BodyReader final : public BodyReader {
 public:
  H1BodyReader(net::ByteStream& stream, ByteQueue& input, const Framing& framing);

  Bytes peek() override;
  void consume(std::size_t count) override;
  BodyState state() const override { return state_; }
  Readiness& readable() override { return stream_.readable(); }
  const Fields& trailers() const override;
  const Error& error() const override { return *error_; }

 private:
  /// Fills `input_` when it is empty; false when that failed, ended or would block.
  bool fill();
  void ended();
  void fail(Error error);
  Bytes peek_chunked();

  net::ByteStream& stream_;
  ByteQueue& input_;
  BodyKind kind_;
  std::uint64_t left_;       // content_length: bytes to come
  std::size_t decoded_ = 0;  // chunked: payload bytes at the front of input_
  std::optional<ChunkedDecoder> decoder_;
  BodyState state_ = BodyState::open;
  std::optional<Error> error_;
};

}  // namespace outhaul::http
