#pragma once

#include <cstddef>

namespace outhaul::http {

/// Bounds of one header or trailer section (protocol.md section 8). All in bytes but max_fields.
struct HeadLimits {
  /// The whole section. On HTTP/1.1 its raw bytes, start line and line ends included; on HTTP/2
  /// the measure of RFC 9113 section 6.5.2.
  std::size_t max_head_bytes = 65536;
  /// One field: name, colon and value on HTTP/1.1; name and value on HTTP/2.
  std::size_t max_field_bytes = 16384;
  std::size_t max_name_bytes = 256;
  /// Field lines, without pseudo-fields.
  std::size_t max_fields = 512;
  std::size_t max_path_bytes = 8192;
  /// The HTTP/1.1 start line: a path of full length, plus method, version, and the scheme and
  /// authority of an absolute-form.
  std::size_t max_start_line_bytes = 8192 + 512;
};

}  // namespace outhaul::http
