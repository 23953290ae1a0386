#include "common/h2/receive_callbacks.h"

#include <string>
#include <utility>

#include "common/h2/guarded_callback.h"
#include "common/h2/session_core.h"

namespace outhaul::h2 {
namespace {

SessionCore& core_of(void* user_data) {
  return *static_cast<SessionCore*>(user_data);
}

std::string_view text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

bool has_flag(const nghttp2_frame& frame, int flag) {
  return (frame.hd.flags & flag) != 0;
}

}  // namespace

void ReceiveCallbacks::install(nghttp2_session_callbacks* callbacks) {
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, guarded<on_begin_headers>);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, guarded<on_header>);
  nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, guarded<on_invalid_header>);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, guarded<on_frame>);
  nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks,
                                                               guarded<on_invalid_frame>);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, guarded<on_data_chunk>);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, guarded<on_stream_close>);
}

int ReceiveCallbacks::on_begin_headers(nghttp2_session*, const nghttp2_frame* frame,
                                       void* user_data) {
  SessionCore& core = core_of(user_data);
  const std::int32_t id = frame->hd.stream_id;
  if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) return begin_request(core, id);
  const StreamRecord* record = core.find(id);
  const bool trailers = core.server() || (record != nullptr && record->final_head);
  core.receiver_.begin(trailers ? HeadReceiver::Kind::trailers : HeadReceiver::Kind::response);
  return 0;
}

int ReceiveCallbacks::begin_request(SessionCore& core, std::int32_t stream_id) {
  // One that ended in order has no work left. Its peer knows that, and may have opened the next one
  // before the application here had its turn to let go.
  const std::size_t working = core.active_ - core.complete_;
  if (working >= core.options_.max_concurrent_streams || core.termination_) {
    ++core.statistics_.streams_refused;
    require_memory(nghttp2_submit_rst_stream(core.session_.get(), NGHTTP2_FLAG_NONE, stream_id,
                                             NGHTTP2_REFUSED_STREAM));
    // Skips the fields: they are decoded for the table's sake, and seen by nobody.
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  std::unique_ptr<Stream> stream = core.make_stream();
  StreamRecord& record = *stream->record_;
  record.id = stream_id;
  record.open = true;
  core.receiver_.begin(HeadReceiver::Kind::request);
  record.undelivered = std::move(stream);
  nghttp2_session_set_stream_user_data(core.session_.get(), stream_id, &record);
  return 0;
}

int ReceiveCallbacks::on_header(nghttp2_session*, const nghttp2_frame* frame,
                                const std::uint8_t* name, std::size_t name_size,
                                const std::uint8_t* value, std::size_t value_size, std::uint8_t,
                                void* user_data) {
  SessionCore& core = core_of(user_data);
  if (core.receiver_.add(text(name, name_size), text(value, value_size))) return 0;
  core.receiver_.finish();
  if (StreamRecord* record = core.find(frame->hd.stream_id)) over_limit(core, *record);
  return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

int ReceiveCallbacks::on_invalid_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t*,
                                        std::size_t, const std::uint8_t*, std::size_t, std::uint8_t,
                                        void* user_data) {
  core_of(user_data).receiver_.finish();
  // The stream is reset; by default nghttp2 would drop the field and pass the message on.
  return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

int ReceiveCallbacks::on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
  SessionCore& core = core_of(user_data);
  const std::int32_t id = frame->hd.stream_id;
  core.receiver_.finish();  // any whole frame means that no block is under way
  switch (frame->hd.type) {
    case NGHTTP2_HEADERS:
      on_headers(core, *frame);
      break;
    case NGHTTP2_DATA:
      if (has_flag(*frame, NGHTTP2_FLAG_END_STREAM)) {
        on_end_of_stream(core, id);
      } else if (frame->hd.length == frame->data.padlen &&
                 !core.empty_data_.allow(core.loop_.now())) {
        core.terminate(ErrorCode::enhance_your_calm, "too many empty DATA frames");
      }
      break;
    case NGHTTP2_RST_STREAM:
      core.count_peer_reset();
      if (StreamRecord* record = core.find(id)) {
        record->peer_code = static_cast<ErrorCode>(frame->rst_stream.error_code);
      }
      break;
    case NGHTTP2_SETTINGS:
      on_settings(core, *frame);
      break;
    case NGHTTP2_PING:
      on_ping(core, *frame);
      break;
    case NGHTTP2_GOAWAY:
      on_go_away(core, frame->goaway);
      break;
    case NGHTTP2_WINDOW_UPDATE:
      on_window_update(core, id);
      break;
    default:
      break;
  }
  return 0;
}

void ReceiveCallbacks::on_headers(SessionCore& core, const nghttp2_frame& frame) {
  const std::int32_t id = frame.hd.stream_id;
  StreamRecord* record = core.find(id);
  if (record == nullptr) return;
  if (frame.headers.cat == NGHTTP2_HCAT_REQUEST) {
    on_request_head(core, *record);
  } else if (core.server() || record->final_head) {
    on_trailers(core, *record);
  } else {
    on_response_head(core, *record);
  }
  if (has_flag(frame, NGHTTP2_FLAG_END_STREAM)) on_end_of_stream(core, id);
}

void ReceiveCallbacks::on_request_head(SessionCore& core, StreamRecord& record) {
  if (!record.undelivered) return;
  if (!core.receiver_.has_priority()) {
    // Without it nghttp2 sends the responses one after another, each to its end.
    nghttp2_extpri priority{};
    priority.urgency = NGHTTP2_EXTPRI_DEFAULT_URGENCY;
    priority.inc = 1;
    require_memory(nghttp2_session_change_extpri_stream_priority(core.session_.get(), record.id,
                                                                 &priority, 0));
  }
  record.undelivered->request_ = std::move(core.receiver_.request());
  record.undelivered->oversized_ = core.receiver_.oversized();
  core.events_.push_back({SessionCore::Event::Kind::request, record.id});
}

void ReceiveCallbacks::on_response_head(SessionCore& core, StreamRecord& record) {
  http::ResponseHead& head = core.receiver_.response();
  if (head.status >= 200) record.final_head = true;
  if (record.stream == nullptr || record.reset) return;
  if (core.receiver_.oversized()) return over_limit(core, record);
  if (!record.final_head && ++record.interims > max_interim_heads) return over_limit(core, record);
  record.stream->heads_.push_back(std::move(head));
  record.stream->head_readable_.set();
}

void ReceiveCallbacks::on_trailers(SessionCore& core, StreamRecord& record) {
  if (core.receiver_.oversized()) return over_limit(core, record);
  if (record.stream != nullptr) record.stream->trailers_ = std::move(core.receiver_.trailers());
}

void ReceiveCallbacks::over_limit(SessionCore& core, StreamRecord& record) {
  core.count_caused_reset();
  core.reset(record, ErrorCode::enhance_your_calm);
  if (record.stream == nullptr) return;
  record.stream->cut_ = true;
  record.stream->fail(
      Error{ErrorKind::limit, "the peer's header section is over the limit of " +
                                  std::to_string(core.options_.max_header_list_size) + " bytes, " +
                                  std::to_string(core.options_.max_fields) + " fields or " +
                                  std::to_string(core.options_.max_field_size) + " bytes a field"});
}

void ReceiveCallbacks::on_end_of_stream(SessionCore& core, std::int32_t stream_id) {
  StreamRecord* record = core.find(stream_id);
  if (record == nullptr) return;
  record->remote_ended = true;
  if (record->stream != nullptr) record->stream->body_readable_.set();
}

void ReceiveCallbacks::on_settings(SessionCore& core, const nghttp2_frame& frame) {
  if (has_flag(frame, NGHTTP2_FLAG_ACK)) {
    if (core.settings_acknowledged_) return;
    core.settings_acknowledged_ = true;
    core.know_path();
    // HAProxy does not look at MAX_CONCURRENT_STREAMS in the first SETTINGS.
    if (core.server() && core.options_.send_client_magic_as_server) core.submit_settings();
    return;
  }
  if (!core.settings_frames_.allow(core.loop_.now())) {
    return core.terminate(ErrorCode::enhance_your_calm, "too many SETTINGS frames");
  }
  if (!core.ready_) {
    core.ready_ = true;
    core.events_.push_back({SessionCore::Event::Kind::ready});
  }
  core.wake_writers();  // INITIAL_WINDOW_SIZE changes every stream's window
}

void ReceiveCallbacks::on_ping(SessionCore& core, const nghttp2_frame& frame) {
  if (!has_flag(frame, NGHTTP2_FLAG_ACK)) {
    if (!core.pings_.allow(core.loop_.now())) {
      core.terminate(ErrorCode::enhance_your_calm, "too many PING frames");
    }
    return;
  }
  if (core.is_drain_ping(frame.ping.opaque_data)) {
    if (!core.go_away_submitted_) core.submit_go_away(ErrorCode::no_error, "draining");
    return;
  }
  if (core.is_path_ping(frame.ping.opaque_data)) return core.end_measurement();
  core.events_.push_back({SessionCore::Event::Kind::ping_acknowledged});
}

void ReceiveCallbacks::on_go_away(SessionCore& core, const nghttp2_goaway& frame) {
  const auto code = static_cast<ErrorCode>(frame.error_code);
  if (code != ErrorCode::no_error) {
    core.peer_error_ = Error{ErrorKind::protocol, "the peer ended the HTTP/2 connection with " +
                                                      std::string(to_string(code))};
  }
  if (core.go_away_received_) return;
  core.go_away_received_ = true;
  core.events_.push_back({SessionCore::Event::Kind::go_away});
}

void ReceiveCallbacks::on_window_update(SessionCore& core, std::int32_t stream_id) {
  if (stream_id == 0) return;  // room() does not look at the connection's window
  StreamRecord* record = core.find(stream_id);
  if (record == nullptr) return;
  record->stalled = false;
  if (record->stream != nullptr) record->stream->body_writable_.set();
}

int ReceiveCallbacks::on_invalid_frame(nghttp2_session*, const nghttp2_frame*, int,
                                       void* user_data) {
  core_of(user_data).receiver_.finish();
  ++core_of(user_data).statistics_.invalid_frames;
  return 0;
}

int ReceiveCallbacks::on_data_chunk(nghttp2_session* session, std::uint8_t, std::int32_t stream_id,
                                    const std::uint8_t* data, std::size_t size, void* user_data) {
  SessionCore& core = core_of(user_data);
  // The connection's credit returns at once, so one stalled stream holds up nobody else and a
  // stream that is dropped takes none of it along.
  require_memory(nghttp2_session_consume_connection(session, size));
  StreamRecord* record = core.find(stream_id);
  if (record == nullptr || record->stream == nullptr || record->stream->failed()) return 0;
  record->stream->in_.append(as_bytes(text(data, size)));
  record->stream->body_readable_.set();
  record->received += size;
  // Nothing smaller than half a window can have been held up by it.
  if (core.path_.due(core.loop_.now()) &&
      record->received >= core.options_.initial_stream_window / 2) {
    core.begin_measurement();
  }
  return 0;
}

int ReceiveCallbacks::on_stream_close(nghttp2_session*, std::int32_t stream_id, std::uint32_t code,
                                      void* user_data) {
  SessionCore& core = core_of(user_data);
  if (StreamRecord* record = core.find(stream_id)) core.closed(*record, code);
  return 0;
}

}  // namespace outhaul::h2
