#pragma once

#include <cstddef>
#include <cstdint>

#include <nghttp2/nghttp2.h>

namespace outhaul::h2 {

class SessionCore;
struct StreamRecord;

/// nghttp2's callbacks for what leaves. Their user data is the SessionCore. Content goes from the
/// record's queue straight into the staging buffer, behind its frame header (NO_COPY).
class SendCallbacks {
 public:
  static void install(nghttp2_session_callbacks* callbacks);
  /// What to submit as the source of a message's content.
  static nghttp2_data_provider content_of(StreamRecord& record);

 private:
  static ssize_t read_length(nghttp2_session* session, std::uint8_t frame_type,
                             std::int32_t stream_id, std::int32_t session_window,
                             std::int32_t stream_window, std::uint32_t max_frame_size, void* core);
  static ssize_t read_content(nghttp2_session* session, std::int32_t stream_id,
                              std::uint8_t* buffer, std::size_t size, std::uint32_t* flags,
                              nghttp2_data_source* source, void* core);
  static int send_data(nghttp2_session* session, nghttp2_frame* frame,
                       const std::uint8_t* frame_header, std::size_t size,
                       nghttp2_data_source* source, void* core);
  static int before_frame(nghttp2_session* session, const nghttp2_frame* frame, void* core);
  static int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* core);
  static void on_end_sent(SessionCore& core, std::int32_t stream_id);
  static void on_go_away_sent(SessionCore& core, const nghttp2_goaway& frame);
};

}  // namespace outhaul::h2
