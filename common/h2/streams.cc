#include <algorithm>
#include <cassert>
#include <utility>

#include "common/h2/send_callbacks.h"
#include "common/h2/session_core.h"

namespace outhaul::h2 {
namespace {

// Content that one stream may have waiting for the next send turn.
constexpr std::size_t max_staged_content = 64 * 1024;
// The same when all streams together have more waiting than a few turns send: a DATA frame, so that
// a stream always has one ready when its turn comes. What waits longer has left the processor's
// cache when it is sent: 100 bodies of 1 MiB at once cost 9 % less CPU time than with 64 KiB each,
// 1 000 of them 3 %, with a peak of 59 instead of 117 MiB resident.
constexpr std::size_t crowded_content = 16 * 1024;
// Room for two dozen full stages: among fewer, a stream of a higher urgency (RFC 9218) must not run
// dry while the others fill in.
constexpr std::size_t ample_content = 24 * max_staged_content;
// Records kept for the next streams; more are freed.
constexpr std::size_t max_spare_records = 64;

Error over_error() {
  return Error{ErrorKind::closed, "the HTTP/2 connection is over"};
}

Error head_too_large(std::size_t size, std::size_t allowed) {
  return Error{ErrorKind::limit, "header list of " + std::to_string(size) + " bytes is over the " +
                                     std::to_string(allowed) + " that may be sent"};
}

template <typename T>
void make_room(std::vector<T>& list, std::size_t count) {
  if (list.capacity() < count) list.reserve(2 * count);
}

}  // namespace

std::unique_ptr<Stream> SessionCore::make_stream() {
  // Room for the new record in every list that it will be in, before there is a Stream: its
  // destructor counts on it.
  make_room(records_, records_.size() + 1);
  make_room(released_, records_.size() + 1);
  if (spare_records_.empty()) spare_records_.push_back(std::make_unique<StreamRecord>());
  std::unique_ptr<StreamRecord> record = std::move(spare_records_.back());
  spare_records_.pop_back();
  record->index = records_.size();
  record->window = options_.initial_stream_window;
  auto stream = std::make_unique<Stream>(*this, loop_, *record);
  record->stream = stream.get();
  records_.push_back(std::move(record));
  if (active_++ == 0) idle_.clear();
  ++statistics_.streams_opened;
  return stream;
}

StreamRecord* SessionCore::find(std::int32_t stream_id) const {
  return static_cast<StreamRecord*>(
      nghttp2_session_get_stream_user_data(session_.get(), stream_id));
}

void SessionCore::recycle(StreamRecord& record) {
  std::unique_ptr<StreamRecord> owned = std::move(records_[record.index]);
  if (record.index + 1 != records_.size()) {
    records_[record.index] = std::move(records_.back());
    records_[record.index]->index = record.index;
  }
  records_.pop_back();
  if (spare_records_.size() >= max_spare_records) return;
  *owned = StreamRecord();
  spare_records_.push_back(std::move(owned));
}

void SessionCore::release(Stream& stream) {
  StreamRecord& record = *stream.record_;
  record.stream = nullptr;
  record.abandon_code = stream.abandon_code_;
  if (record.complete) --complete_;
  if (--active_ == 0) idle_.set();
  if (over_) return;
  released_.push_back(&record);
  wake_output();
}

void SessionCore::settle_released() {
  for (std::size_t i = 0; i < released_.size(); ++i) {
    StreamRecord& record = *released_[i];
    record.settled = true;
    if (!record.open) {
      recycle(record);
    } else if (record.finished && record.abandon_code == ErrorCode::no_error) {
      // The end of the response has to leave first; SendCallbacks goes on from there.
      if (record.ended) reset(record, ErrorCode::no_error);
    } else {
      reset(record, record.abandon_code);
    }
  }
  released_.clear();
}

void SessionCore::reset(StreamRecord& record, ErrorCode code) {
  if (over_ || !record.open || record.reset) return;
  record.reset = true;
  unstage_all(record);
  require_memory(nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, record.id,
                                           static_cast<std::uint32_t>(code)));
  wake_output();
}

std::size_t SessionCore::head_size_allowed() const {
  const std::size_t peer_allows =
      nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE);
  return std::min(peer_allows, max_sent_head_size);
}

std::size_t SessionCore::available_streams() const {
  if (over_ || server() || !ready_ || go_away_submitted_ ||
      nghttp2_session_check_request_allowed(session_.get()) == 0) {
    return 0;
  }
  const std::size_t allowed = std::min(
      nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS),
      options_.max_concurrent_streams);
  return allowed - std::min(allowed, client_open_);
}

Result<std::unique_ptr<Stream>> SessionCore::open(const http::RequestHead& head, bool has_body) {
  assert(!server());
  if (over_) return over_error();
  if (go_away_submitted_ || termination_ ||
      nghttp2_session_check_request_allowed(session_.get()) == 0) {
    return Error{ErrorKind::closed, "GOAWAY: the HTTP/2 connection takes no new streams"};
  }
  if (available_streams() == 0) {
    return Error{ErrorKind::limit, ready_ ? "the peer's MAX_CONCURRENT_STREAMS is reached"
                                          : "the peer's SETTINGS have not come: wait for on_ready"};
  }
  if (!head.protocol.empty() &&
      nghttp2_session_get_remote_settings(session_.get(),
                                          NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) != 1) {
    return Error{ErrorKind::invalid, "the peer does not offer extended CONNECT (RFC 8441)"};
  }
  block_.set(head);
  if (block_.list_size() > head_size_allowed()) {
    return head_too_large(block_.list_size(), head_size_allowed());
  }
  std::unique_ptr<Stream> stream = make_stream();
  StreamRecord& record = *stream->record_;
  const nghttp2_data_provider content = SendCallbacks::content_of(record);
  const std::int32_t id =
      nghttp2_submit_request(session_.get(), nullptr, block_.lines().data(), block_.lines().size(),
                             has_body ? &content : nullptr, &record);
  if (id < 0) return Error{ErrorKind::closed, std::string("open stream: ") + nghttp2_strerror(id)};
  record.id = id;
  record.open = true;
  record.finished = !has_body;
  ++client_open_;
  wake_output();
  return stream;
}

void SessionCore::inform(StreamRecord& record, const http::ResponseHead& head) {
  if (over_ || !record.open || record.reset) return;
  block_.set(head);
  if (block_.list_size() > head_size_allowed()) return;
  const std::int32_t queued =
      nghttp2_submit_headers(session_.get(), NGHTTP2_FLAG_NONE, record.id, nullptr,
                             block_.lines().data(), block_.lines().size(), nullptr);
  require_memory(queued);
  wake_output();
}

Result<void> SessionCore::respond(StreamRecord& record, const http::ResponseHead& head,
                                  bool has_body) {
  if (over_ || !record.open) return over_error();
  block_.set(head);
  if (block_.list_size() > head_size_allowed()) {
    return head_too_large(block_.list_size(), head_size_allowed());
  }
  const nghttp2_data_provider content = SendCallbacks::content_of(record);
  const int result = nghttp2_submit_response(session_.get(), record.id, block_.lines().data(),
                                             block_.lines().size(), has_body ? &content : nullptr);
  if (result != 0) {
    return Error{ErrorKind::closed, std::string("respond: ") + nghttp2_strerror(result)};
  }
  record.finished = !has_body;
  wake_output();
  return {};
}

void SessionCore::stage(StreamRecord& record, Bytes content) {
  record.out.append(content);
  content_ += content.size();
  resume(record);
}

void SessionCore::unstage_all(StreamRecord& record) {
  content_ -= record.out.size();
  record.out.clear();
}

void SessionCore::resume(StreamRecord& record) {
  if (over_ || !record.open || record.reset) return;
  if (record.deferred) {
    record.deferred = false;
    require_memory(nghttp2_session_resume_data(session_.get(), record.id));
  }
  wake_output();
}

void SessionCore::consumed(StreamRecord& record, std::size_t count) {
  if (over_ || !record.open || record.remote_ended || record.reset) return;
  require_memory(nghttp2_session_consume_stream(session_.get(), record.id, count));
  wake_output();
}

std::size_t SessionCore::room(StreamRecord& record) {
  if (over_ || output_blocked_ || !record.open || record.reset || record.finished) return 0;
  std::int32_t window = nghttp2_session_get_stream_remote_window_size(session_.get(), record.id);
  if (window < 0) {
    // A request whose HEADERS have not been sent; until then it has what every stream starts with.
    window = static_cast<std::int32_t>(
        nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE));
  }
  if (window <= 0 && !record.stalled) {
    record.stalled = true;
    ++statistics_.stalls;
  }
  const std::size_t most = content_ < ample_content ? max_staged_content : crowded_content;
  const std::size_t allowed = std::min(static_cast<std::size_t>(window), most);
  return allowed - std::min(allowed, record.out.size());
}

bool SessionCore::untouched(const StreamRecord& record) const {
  return !server() && (!record.headers_at || taken_ <= *record.headers_at);
}

void SessionCore::closed(StreamRecord& record, std::uint32_t code) {
  record.open = false;
  unstage_all(record);
  const bool clean = code == NGHTTP2_NO_ERROR || code == NGHTTP2_REFUSED_STREAM;
  if (!clean && !record.peer_code && !record.reset) count_caused_reset();
  if (!server()) --client_open_;
  if (record.undelivered) record.undelivered.reset();
  if (record.stream != nullptr) {
    Stream& stream = *record.stream;
    if (record.ended && record.remote_ended) {
      record.complete = true;
      ++complete_;
      stream.body_writable_.set();
    } else {
      fail_closed(stream, record, code);
    }
  } else if (record.settled) {
    recycle(record);
  }
}

void SessionCore::count_peer_reset() {
  ++statistics_.resets_received;
  if (peer_resets_ && !peer_resets_->allow(loop_.now())) {
    terminate(ErrorCode::enhance_your_calm, "too many streams were reset");
  }
}

void SessionCore::count_caused_reset() {
  ++statistics_.resets_caused;
  if (caused_resets_ && !caused_resets_->allow(loop_.now())) {
    terminate(ErrorCode::enhance_your_calm, "too many streams had to be reset");
  }
}

void SessionCore::fail_closed(Stream& stream, const StreamRecord& record, std::uint32_t code) {
  const auto error_code = static_cast<ErrorCode>(code);
  stream.peer_code_ = record.peer_code;
  if (error_code == ErrorCode::refused_stream && !server()) stream.unprocessed_ = true;
  if (record.peer_code) {
    stream.fail(Error{ErrorKind::reset, "the peer reset the HTTP/2 stream with " +
                                            std::string(to_string(error_code))});
  } else if (error_code == ErrorCode::refused_stream) {
    stream.fail(Error{ErrorKind::closed, "the peer's GOAWAY leaves this HTTP/2 stream out"});
  } else {
    stream.fail(Error{ErrorKind::protocol,
                      "malformed message on the HTTP/2 stream: reset by this side with " +
                          std::string(to_string(error_code))});
  }
}

}  // namespace outhaul::h2
