#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/bytes.h"

namespace outhaul::http {

/// Cuts CRLF-terminated lines out of a byte stream that arrives in arbitrary pieces. A line that
/// lies whole in the input is returned as a view of it; only a line that was cut is copied.
/// The verdict never depends on where the stream was cut.
class LineReader {
 public:
  enum class Status : std::uint8_t {
    need_more,  ///< the whole input was taken, the line has no end yet
    line,       ///< `line` is one line without its CRLF
    too_long,   ///< more than the limit before the LF
    bare_lf,    ///< a LF without a CR before it
  };
  struct Step {
    Status status = Status::need_more;
    std::size_t consumed = 0;
    /// Valid until the next call and as long as the input. May hold a bare CR: the grammar of
    /// whoever reads the line has to refuse it, as no rule of HTTP allows one.
    std::string_view line = {};
  };

  /// `max_line_bytes` does not count the CRLF. After too_long or bare_lf only reset() may follow.
  Step next(Bytes input, std::size_t max_line_bytes);
  void reset();

 private:
  std::string held_;
  bool held_is_delivered_ = false;
};

}  // namespace outhaul::http
