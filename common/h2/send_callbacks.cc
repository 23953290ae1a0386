#include "common/h2/send_callbacks.h"

#include <algorithm>
#include <cassert>
#include <string>

#include "common/h2/guarded_callback.h"
#include "common/h2/session_core.h"

namespace outhaul::h2 {
namespace {

SessionCore& core_of(void* user_data) {
  return *static_cast<SessionCore*>(user_data);
}

Bytes view(const std::uint8_t* data, std::size_t size) {
  return std::as_bytes(std::span(data, size));
}

}  // namespace

void SendCallbacks::install(nghttp2_session_callbacks* callbacks) {
  nghttp2_session_callbacks_set_data_source_read_length_callback(callbacks, guarded<read_length>);
  nghttp2_session_callbacks_set_send_data_callback(callbacks, guarded<send_data>);
  nghttp2_session_callbacks_set_before_frame_send_callback(callbacks, guarded<before_frame>);
  nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, guarded<on_frame>);
}

nghttp2_data_provider SendCallbacks::content_of(StreamRecord& record) {
  nghttp2_data_provider provider{};
  provider.source.ptr = &record;
  provider.read_callback = guarded<read_content>;
  return provider;
}

ssize_t SendCallbacks::read_length(nghttp2_session*, std::uint8_t, std::int32_t,
                                   std::int32_t session_window, std::int32_t stream_window,
                                   std::uint32_t max_frame_size, void* user_data) {
  const Staging& staging = core_of(user_data).staging_;
  // nghttp2 wants at least 1; read_content says so when there is no room at all.
  const std::size_t room = std::max(staging.room(), frame_header_size + 1) - frame_header_size;
  const std::int32_t window = std::max(std::min(session_window, stream_window), 1);
  return static_cast<ssize_t>(
      std::min({room, static_cast<std::size_t>(window), std::size_t{max_frame_size}}));
}

ssize_t SendCallbacks::read_content(nghttp2_session* session, std::int32_t stream_id, std::uint8_t*,
                                    std::size_t size, std::uint32_t* flags,
                                    nghttp2_data_source* source, void* user_data) {
  SessionCore& core = core_of(user_data);
  auto& record = *static_cast<StreamRecord*>(source->ptr);
  if (core.staging_.nearly_full()) return NGHTTP2_ERR_PAUSE;
  if (record.out.empty() && !record.finished) {
    record.deferred = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  const std::size_t count = std::min(size, record.out.size());
  *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (!record.finished || count != record.out.size()) return static_cast<ssize_t>(count);
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  if (!record.trailers.empty()) {
    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    core.block_.set(record.trailers);
    require_memory(nghttp2_submit_trailer(session, stream_id, core.block_.lines().data(),
                                          core.block_.lines().size()));
  }
  return static_cast<ssize_t>(count);
}

int SendCallbacks::send_data(nghttp2_session*, nghttp2_frame* frame,
                             const std::uint8_t* frame_header, std::size_t size,
                             nghttp2_data_source* source, void* user_data) {
  SessionCore& core = core_of(user_data);
  auto& record = *static_cast<StreamRecord*>(source->ptr);
  assert(frame->data.padlen == 0);  // no padding callback is installed
  static_cast<void>(frame);
  core.staging_.append(view(frame_header, frame_header_size));
  core.staged_ += frame_header_size + size;
  core.content_ -= size;
  while (size > 0) {
    const Bytes front = record.out.front();
    const Bytes part = front.first(std::min(front.size(), size));
    core.staging_.append(part);
    size -= part.size();
    record.out.consume(part.size());
  }
  if (record.stream != nullptr) record.stream->body_writable_.set();
  return 0;
}

int SendCallbacks::before_frame(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
  SessionCore& core = core_of(user_data);
  if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
  if (StreamRecord* record = core.find(frame->hd.stream_id)) record->headers_at = core.staged_;
  return 0;
}

int SendCallbacks::on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
  SessionCore& core = core_of(user_data);
  if (frame->hd.type == NGHTTP2_GOAWAY) {
    on_go_away_sent(core, frame->goaway);
  } else if ((frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS) &&
             (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
    on_end_sent(core, frame->hd.stream_id);
  }
  return 0;
}

void SendCallbacks::on_end_sent(SessionCore& core, std::int32_t stream_id) {
  StreamRecord* record = core.find(stream_id);
  if (record == nullptr) return;
  record->ended = true;
  if (record->stream != nullptr) {
    record->stream->body_writable_.set();
  } else if (record->settled && !record->remote_ended) {
    core.reset(*record, record->abandon_code);
  }
}

void SendCallbacks::on_go_away_sent(SessionCore& core, const nghttp2_goaway& frame) {
  if (frame.error_code == NGHTTP2_NO_ERROR) return;
  core.termination_staged_ = true;
  if (core.termination_) return;
  // nghttp2 found a connection error by itself.
  const auto reason = as_text(view(frame.opaque_data, frame.opaque_data_len));
  core.begin_termination(Error{
      ErrorKind::protocol, "this side ended the HTTP/2 connection with " +
                               std::string(to_string(static_cast<ErrorCode>(frame.error_code))) +
                               ": " + std::string(reason)});
}

}  // namespace outhaul::h2
