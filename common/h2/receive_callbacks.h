#pragma once

#include <cstddef>
#include <cstdint>

#include <nghttp2/nghttp2.h>

namespace outhaul::h2 {

class SessionCore;
struct StreamRecord;

/// nghttp2's callbacks for what arrives. Their user data is the SessionCore.
class ReceiveCallbacks {
 public:
  static void install(nghttp2_session_callbacks* callbacks);

 private:
  static int on_begin_headers(nghttp2_session* session, const nghttp2_frame* frame, void* core);
  static int on_header(nghttp2_session* session, const nghttp2_frame* frame,
                       const std::uint8_t* name, std::size_t name_size, const std::uint8_t* value,
                       std::size_t value_size, std::uint8_t flags, void* core);
  static int on_invalid_header(nghttp2_session* session, const nghttp2_frame* frame,
                               const std::uint8_t* name, std::size_t name_size,
                               const std::uint8_t* value, std::size_t value_size,
                               std::uint8_t flags, void* core);
  static int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* core);
  static int on_invalid_frame(nghttp2_session* session, const nghttp2_frame* frame, int error,
                              void* core);
  static int on_data_chunk(nghttp2_session* session, std::uint8_t flags, std::int32_t stream_id,
                           const std::uint8_t* data, std::size_t size, void* core);
  static int on_stream_close(nghttp2_session* session, std::int32_t stream_id, std::uint32_t code,
                             void* core);

  static int begin_request(SessionCore& core, std::int32_t stream_id);
  static void on_headers(SessionCore& core, const nghttp2_frame& frame);
  static void on_request_head(SessionCore& core, StreamRecord& record);
  static void on_response_head(SessionCore& core, StreamRecord& record);
  static void on_trailers(SessionCore& core, StreamRecord& record);
  static void over_limit(SessionCore& core, StreamRecord& record);
  static void on_end_of_stream(SessionCore& core, std::int32_t stream_id);
  static void on_settings(SessionCore& core, const nghttp2_frame& frame);
  static void on_ping(SessionCore& core, const nghttp2_frame& frame);
  static void on_go_away(SessionCore& core, const nghttp2_goaway& frame);
  static void on_window_update(SessionCore& core, std::int32_t stream_id);
};

}  // namespace outhaul::h2
