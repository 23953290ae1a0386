#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/bytes.h"
#include "common/base/pooled_text.h"
#include "common/http/fault.h"
#include "common/http/fields.h"
#include "common/http/h1_field_block.h"
#include "common/http/h1_line.h"
#include "common/http/head_limits.h"

namespace outhaul::http {

/// Bounds of one chunked body, besides its payload. In bytes.
struct ChunkedLimits {
  /// One chunk-size line without its CRLF: digits and extensions.
  std::size_t max_size_line_bytes = 1024;
  /// All extensions of the body together may exceed its payload so far by this much; senders that
  /// sign each chunk stay far below it, floods of tiny chunks with long extensions do not.
  std::uint64_t max_excess_extension_bytes = 16384;
  HeadLimits trailers = {.max_head_bytes = 16384, .max_fields = 128};
};

/// Strict incremental decoder of the chunked coding (RFC 9112 section 7.1).
///
///   while (!input.empty()) {
///     const auto step = decoder.next(input);
///     input = input.subspan(step.consumed);
///     payload: use step.payload; need_more: read more; complete: decoder.trailers(); failed: ...
///   }
///
/// The verdict is the same wherever the input was cut. Extensions are checked and dropped.
class ChunkedDecoder {
 public:
  enum class Status : std::uint8_t {
    need_more,  ///< all input was taken
    payload,    ///< `payload` is the next part of the body; there may be more input behind it
    complete,   ///< the body ended; bytes behind `consumed` are not part of it
    failed,     ///< fault() says why; the connection cannot be used further
  };
  struct Step {
    Status status = Status::need_more;
    std::size_t consumed = 0;
    /// A part of the input, never empty with Status::payload.
    Bytes payload = {};
  };

  explicit ChunkedDecoder(const ChunkedLimits& limits = {})
      : limits_(limits), trailer_parser_(limits.trailers) {}

  Step next(Bytes input);
  /// Only after `complete`. Neither filtered nor bounded by the rules of translation.h yet.
  const Fields& trailers() const { return trailers_; }
  /// Only after `failed`.
  const Fault& fault() const { return fault_; }

 private:
  enum class State : std::uint8_t { size_line, payload, payload_cr, payload_lf, trailers, done };

  Step fail(Fault fault);
  /// False when the line was refused; fault_ is set then.
  bool read_size_line(std::string_view line);
  Step next_size_line(Bytes input);
  Step next_payload(Bytes input);
  Step next_trailers(Bytes input);

  ChunkedLimits limits_;
  LineReader lines_;
  FieldBlockParser trailer_parser_;
  Fields trailers_;
  Fault fault_;
  std::uint64_t chunk_left_ = 0;
  std::uint64_t payload_bytes_ = 0;
  std::uint64_t extension_bytes_ = 0;
  State state_ = State::size_line;
};

/// The line that stands before a chunk of `size` > 0 bytes; chunk_end follows the chunk.
class ChunkHeader {
 public:
  explicit ChunkHeader(std::uint64_t size);
  /// Valid as long as this object.
  std::string_view text() const { return {buffer_.data() + begin_, buffer_.size() - begin_}; }

 private:
  std::array<char, 18> buffer_{};
  std::size_t begin_ = 0;
};

inline constexpr std::string_view chunk_end = "\r\n";

/// Appends the zero chunk, the trailer section and the blank line. The caller has checked the
/// trailers.
void append_last_chunk(PooledText& out, const Fields& trailers);

}  // namespace outhaul::http
