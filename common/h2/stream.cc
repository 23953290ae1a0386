#include "common/h2/stream.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "common/h2/session_core.h"

namespace outhaul::h2 {

std::string_view to_string(ErrorCode code) {
  static constexpr std::array<std::string_view, 14> names = {"NO_ERROR",
                                                             "PROTOCOL_ERROR",
                                                             "INTERNAL_ERROR",
                                                             "FLOW_CONTROL_ERROR",
                                                             "SETTINGS_TIMEOUT",
                                                             "STREAM_CLOSED",
                                                             "FRAME_SIZE_ERROR",
                                                             "REFUSED_STREAM",
                                                             "CANCEL",
                                                             "COMPRESSION_ERROR",
                                                             "CONNECT_ERROR",
                                                             "ENHANCE_YOUR_CALM",
                                                             "INADEQUATE_SECURITY",
                                                             "HTTP_1_1_REQUIRED"};
  const auto index = static_cast<std::size_t>(code);
  return index < names.size() ? names.at(index) : "an unknown error code";
}

Stream::Stream(SessionCore& core, Loop& loop, StreamRecord& record)
    : core_(&core),
      record_(&record),
      head_readable_(loop),
      body_readable_(loop),
      body_writable_(loop) {}

Stream::~Stream() {
  if (core_ != nullptr) core_->release(*this);
}

std::int32_t Stream::id() const {
  return record_->id;
}

void Stream::inform(const http::ResponseHead& head) {
  if (core_ == nullptr || failed() || responded_) return;
  core_->inform(*record_, head);
}

Result<void> Stream::respond(const http::ResponseHead& head, bool has_body) {
  assert(!responded_);
  if (failed()) return *failure_;
  if (core_ == nullptr) return Error{ErrorKind::closed, "the HTTP/2 connection is over"};
  OUTHAUL_CHECK(core_->respond(*record_, head, has_body));
  responded_ = true;
  return {};
}

std::optional<http::ResponseHead> Stream::take_head() {
  if (heads_.empty()) {
    if (!failed()) head_readable_.clear();
    return std::nullopt;
  }
  http::ResponseHead head = std::move(heads_.front());
  heads_.erase(heads_.begin());
  return head;
}

void Stream::reset(ErrorCode code) {
  if (failed() || (record_->ended && record_->remote_ended)) return;
  if (core_ != nullptr) core_->reset(*record_, code);
  cancel_target_ = nullptr;  // whoever resets knows
  in_.clear();
  cut_ = true;
  fail(Error{ErrorKind::cancelled,
             "this side reset the HTTP/2 stream with " + std::string(to_string(code))});
}

void Stream::cancel_on_reset(Cancellable* target) {
  cancel_target_ = target;
  if (target != nullptr && failed() && !response_is_complete()) target->cancel_soon();
}

bool Stream::response_is_complete() const {
  return record_->final_head && record_->remote_ended;
}

void Stream::fail(Error error) {
  if (failed()) return;
  failure_ = std::move(error);
  // First, so that a waiter of its own is destroyed instead of woken.
  if (cancel_target_ != nullptr && !response_is_complete()) cancel_target_->cancel_soon();
  head_readable_.set();
  body_readable_.set();
  body_writable_.set();
}

Bytes Stream::Reader::peek() {
  const Bytes content = stream_.in_.front();
  if (content.empty() && state() == http::BodyState::open) {
    stream_.body_readable_.clear();
    stream_.record_->starved = true;
  }
  return content;
}

void Stream::Reader::consume(std::size_t count) {
  if (count == 0) return;
  stream_.in_.consume(count);
  if (stream_.core_ != nullptr) stream_.core_->consumed(*stream_.record_, count);
}

http::BodyState Stream::Reader::state() const {
  if (stream_.record_->remote_ended && !stream_.cut_) return http::BodyState::complete;
  return stream_.failed() ? http::BodyState::failed : http::BodyState::open;
}

std::size_t Stream::Writer::write(Bytes data) {
  if (!has_room()) return 0;
  const std::size_t count = std::min(data.size(), stream_.core_->room(*stream_.record_));
  if (count > 0) stream_.core_->stage(*stream_.record_, data.first(count));
  return count;
}

bool Stream::Writer::has_room() const {
  if (failed()) return false;
  const bool room = stream_.core_ != nullptr && stream_.core_->room(*stream_.record_) > 0;
  if (!room) stream_.body_writable_.clear();
  return room;
}

void Stream::Writer::finish(const http::Fields& trailers) {
  if (failed() || stream_.record_->finished || stream_.core_ == nullptr) return;
  stream_.record_->finished = true;
  stream_.record_->trailers = trailers;
  stream_.core_->resume(*stream_.record_);
}

bool Stream::Writer::drained() const {
  if (!stream_.record_->ended && !failed()) stream_.body_writable_.clear();
  return stream_.record_->ended;
}

}  // namespace outhaul::h2
