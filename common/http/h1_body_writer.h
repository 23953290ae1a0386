#pragma once

#include <cstdint>
#include <optional>

#include "common/base/pooled_text.h"
#include "common/http/body.h"
#include "common/http/h1_framing.h"
#include "common/net/byte_stream.h"

namespace outhaul::http {

/// Writes one HTTP/1.1 message: its head, which leaves together with the first content, and its
/// body in the framing that the head announced. The stream must outlive the writer.
///
/// Content goes from the caller's buffer to the stream without a copy; only what the stream does
/// not take of a chunk that was begun is staged here (at most one chunk).
class H1BodyWriter final : public BodyWriter {
 public:
  /// `head` is the complete head as text. `framing` is what it says.
  H1BodyWriter(net::ByteStream& stream, PooledText head, const Framing& framing);

  std::size_t write(Bytes data) override;
  bool has_room() const override { return !failed() && !blocked_ && staged_.size() < small_stage; }
  void finish(const Fields& trailers) override;
  bool drained() const override { return finished_ && staged_.empty() && flushed_; }
  void drive() override;
  Readiness& writable() override { return stream_.writable(); }
  bool failed() const override { return error_.has_value(); }
  const Error& error() const override { return *error_; }

  /// Whether any byte was handed to the stream: from then on a request may have had an effect.
  bool anything_sent() const { return sent_ > 0; }
  bool finished() const { return finished_; }

 private:
  // A head waits here for the content that follows it; more than this is sent first.
  static constexpr std::size_t small_stage = 16 * 1024;
  static constexpr std::size_t largest_chunk = 64 * 1024;

  std::size_t write_plain(Bytes data);
  std::size_t write_chunk(Bytes data);
  /// Hands `parts` behind what is staged to the stream; returns bytes taken of the whole.
  std::size_t send(Bytes first, Bytes second, Bytes third);
  void flush();

  net::ByteStream& stream_;
  PooledText staged_;
  BodyKind kind_;
  std::uint64_t left_;
  std::uint64_t sent_ = 0;
  bool blocked_ = false;
  bool flushed_ = true;
  bool finished_ = false;
  std::optional<Error> error_;
};

}  // namespace outhaul::http
