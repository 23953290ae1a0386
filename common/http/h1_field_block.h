#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/base/bytes.h"
#include "common/http/fault.h"
#include "common/http/fields.h"
#include "common/http/h1_line.h"
#include "common/http/head_limits.h"

namespace outhaul::http {

/// What one call of an incremental head parser did.
enum class HeadStatus : std::uint8_t {
  need_more,  ///< all input was taken; more is due
  complete,   ///< `consumed` ends just behind the blank line
  failed,     ///< fault() says why; the connection cannot be used further
};
struct HeadStep {
  HeadStatus status = HeadStatus::need_more;
  std::size_t consumed = 0;
};

/// Field lines up to and including the blank line: the second part of a head, and the trailer
/// section of a chunked body. Strict RFC 9112 section 5: CRLF only, no bare CR, no NUL or other
/// control, no obs-fold, no space before the colon, no empty name.
class FieldBlockParser {
 public:
  explicit FieldBlockParser(const HeadLimits& limits) : limits_(limits) {}

  /// Appends the fields to `fields`, which the caller keeps across calls.
  HeadStep feed(Bytes input, Fields& fields);
  /// Only after `failed`.
  const Fault& fault() const { return fault_; }
  /// Begins anew; `bytes_used` of max_head_bytes are gone already (the start line).
  void reset(std::size_t bytes_used = 0);

 private:
  HeadStep fail(Fault fault);
  HeadStep fail_line(LineReader::Status status, bool head_is_full);

  HeadLimits limits_;
  LineReader lines_;
  std::size_t bytes_used_ = 0;
  std::size_t lines_seen_ = 0;
  Fault fault_;
};

}  // namespace outhaul::http
