#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include <nghttp2/nghttp2.h>

namespace outhaul::bench {

/// A field line for nghttp2, which copies it when it is submitted.
inline nghttp2_nv line(std::string_view name, std::string_view value) {
  // nghttp2 takes pointers to mutable bytes and does not write through them.
  const auto pointer = [](std::string_view text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  };
  return {pointer(name), pointer(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

/// Throws std::runtime_error when nghttp2 refused what was done.
inline void check(std::int64_t status, const char* doing) {
  if (status >= 0) return;
  throw std::runtime_error(std::string(doing) + ": " + nghttp2_strerror(static_cast<int>(status)));
}

struct H2SessionDeleter {
  void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
};
using H2SessionPointer = std::unique_ptr<nghttp2_session, H2SessionDeleter>;

}  // namespace outhaul::bench
