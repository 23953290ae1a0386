#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include <nghttp2/nghttp2.h>

#include "common/http/message.h"

namespace outhaul::h2 {

/// Turns heads and trailers into what nghttp2 submits. Reused for every block of a session, so it
/// allocates only while it grows. nghttp2 copies names and values on submission (one allocation for
/// the block); the pseudo-fields' names are literals and are not copied.
class FieldBlock {
 public:
  /// Each replaces the contents. The arguments must live until the block has been submitted.
  void set(const http::RequestHead& request);
  void set(const http::ResponseHead& response);
  void set(const http::Fields& trailers);

  std::span<const nghttp2_nv> lines() const { return lines_; }
  /// Sum of name and value lengths plus 32 a line (RFC 9113 section 6.5.2).
  std::size_t list_size() const { return list_size_; }

 private:
  void clear();
  void add_pseudo(std::string_view name, std::string_view value);
  void add_fields(const http::Fields& fields);

  std::vector<nghttp2_nv> lines_;
  std::size_t list_size_ = 0;
  std::array<char, 3> status_{};
};

}  // namespace outhaul::h2
