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

/// A client's session, whose callbacks get `user_data`. Throws as check() does.
inline H2SessionPointer make_client_session(nghttp2_on_header_callback on_header,
                                            nghttp2_on_data_chunk_recv_callback on_data,
                                            nghttp2_on_stream_close_callback on_close,
                                            void* user_data) {
  nghttp2_session_callbacks* callbacks = nullptr;
  check(nghttp2_session_callbacks_new(&callbacks), "callbacks");
  nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
  nghttp2_session* session = nullptr;
  const int created = nghttp2_session_client_new(&session, callbacks, user_data);
  nghttp2_session_callbacks_del(callbacks);
  check(created, "session");
  return H2SessionPointer(session);
}

}  // namespace outhaul::bench
