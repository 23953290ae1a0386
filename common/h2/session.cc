#include "common/h2/session.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <coroutine>
#include <exception>
#include <new>
#include <utility>

#include "common/async/combinators.h"
#include "common/h2/session_core.h"

namespace outhaul::h2 {
namespace {

// What one connection may read before the others have their turn.
constexpr std::size_t bytes_per_turn = Loop::receive_buffer_size;
// Frames that wait behind a blocked transport before nothing more is read: a peer that sends and
// never reads must not make us queue answers (RST_STREAM, acknowledgements) without end.
constexpr std::size_t max_waiting_frames = 1000;
// For a GOAWAY that ends the connection to leave.
constexpr std::chrono::seconds go_away_time{2};

constexpr std::array<std::uint8_t, 8> liveness_ping{'l', 'i', 'v', 'e', 'n', 'e', 's', 's'};
constexpr std::array<std::uint8_t, 8> drain_ping{'d', 'r', 'a', 'i', 'n', 'i', 'n', 'g'};

/// What open streams are told. Without its words where there is no memory for them: it is said in
/// destructors, too.
Error connection_lost(std::string_view reason) noexcept {
  try {
    return {ErrorKind::closed, "HTTP/2 connection lost: " + std::string(reason)};
  } catch (const std::bad_alloc&) {
    return {ErrorKind::closed, {}};
  }
}

/// `co_await Yield{loop}`: lets everything run that is ready.
class Yield {
 public:
  explicit Yield(Loop& loop) : loop_(loop) {}
  bool await_ready() noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) {
    waiter_.set(handle);
    loop_.ready(waiter_);
  }
  void await_resume() noexcept {}

 private:
  Loop& loop_;
  Waiter waiter_;
};

}  // namespace

SessionCore::SessionCore(Loop& loop, net::ByteStream& transport, const SessionOptions& options,
                         SessionHandler& handler)
    : loop_(loop),
      transport_(transport),
      options_(options),
      handler_(handler),
      idle_(loop),
      blocked_(loop),
      unblocked_(loop),
      last_received_(loop.now()),
      ended_(loop) {
  idle_.set();
  if (options_.peer_reset_limit) peer_resets_.emplace(*options_.peer_reset_limit);
  if (options_.caused_reset_limit) caused_resets_.emplace(*options_.caused_reset_limit);
  create_session();
}

SessionCore::~SessionCore() {
  finish();
  for (std::unique_ptr<StreamRecord>& record : records_) {
    if (record->stream == nullptr) continue;
    Stream& stream = *record->stream;
    stream.core_ = nullptr;
    stream.orphan_ = std::move(record);
  }
}

Task<SessionEnd> SessionCore::run(std::string early) {
  assert(!started_);
  started_ = true;
  submit_settings();
  wake_output();
  Result<void> result;
  if (!early.empty()) result = received(as_bytes(early));
  if (result) {
    Task<Result<void>> transfer = first_of(read_input(), drive_output());
    Task<Result<void>> until_end = first_of(std::move(transfer), wait_for_end());
    try {
      result = co_await until_end;
    } catch (...) {
      finish();
      throw;
    }
  }
  if (!end_reason_) end_reason_ = termination_ ? *termination_ : result.error();
  finish();
  SessionEnd session_end{*end_reason_, go_away_received_};
  co_return session_end;
}

Task<Result<void>> SessionCore::wait_for_end() {
  while (!end_reason_)
    co_await ended_.wait();
  co_return *end_reason_;
}

Task<Result<void>> SessionCore::read_input() {
  std::size_t this_turn = 0;
  for (;;) {
    while (output_blocked_ &&
           nghttp2_session_get_outbound_queue_size(session_.get()) > max_waiting_frames) {
      unblocked_.clear();
      co_await unblocked_.wait();
    }
    const net::IoResult got = transport_.read(loop_.receive_buffer());
    if (got.status == net::IoStatus::would_block) {
      co_await transport_.readable().wait();
      this_turn = 0;
      continue;
    }
    if (got.status == net::IoStatus::end) co_return end_of_input();
    if (got.status == net::IoStatus::failed) co_return transport_.error();
    const Bytes data = loop_.receive_buffer().first(got.bytes);
    OUTHAUL_CO_CHECK(taken_in, received(data));
    if (over_ || end_reason_) co_return *end_reason_;
    this_turn += got.bytes;
    if (this_turn < bytes_per_turn) continue;
    this_turn = 0;
    Yield yield(loop_);
    co_await yield;
  }
}

Task<Result<void>> SessionCore::drive_output() {
  for (;;) {
    if (!output_blocked_) {
      blocked_.clear();
      co_await blocked_.wait();
      continue;
    }
    co_await transport_.writable().wait();
    const Push result = push();
    if (result == Push::failed) co_return transport_.error();
    if (result == Push::done) pushed_all();
  }
}

Result<void> SessionCore::received(Bytes data) {
  last_received_ = loop_.now();
  statistics_.bytes_received += data.size();
  if (termination_) return {};  // nothing that still comes changes anything
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(data.data());
  const auto result = nghttp2_session_mem_recv(session_.get(), bytes, data.size());
  rethrow_kept();
  if (result < 0 && termination_) {
    // Of one large read nghttp2 takes frames even after the flood was noticed, until it gives up
    // by itself; our GOAWAY has still to leave.
    wake_output();
    return {};
  }
  if (result < 0) {
    return Error{ErrorKind::protocol, std::string("the peer's HTTP/2 cannot be read: ") +
                                          nghttp2_strerror(static_cast<int>(result))};
  }
  watch_header_block();
  wake_output();
  deliver_events();
  return {};
}

void SessionCore::rethrow_kept() {
  if (callback_exception_) std::rethrow_exception(std::exchange(callback_exception_, nullptr));
}

void SessionCore::watch_header_block() {
  if (!receiver_.receiving() || termination_) {
    head_timer_.cancel();
  } else if (!head_timer_.armed()) {
    head_timer_.arm(loop_, options_.header_block_time);
  }
}

void SessionCore::deliver_events() {
  for (std::size_t i = 0; i < events_.size() && !over_ && !termination_; ++i) {
    const Event event = events_[i];
    switch (event.kind) {
      case Event::Kind::request: {
        // Gone when the peer has reset it meanwhile: no work for what nobody waits for.
        StreamRecord* record = find(event.stream_id);
        if (record != nullptr && record->undelivered) {
          handler_.on_request(std::move(record->undelivered));
        }
        break;
      }
      case Event::Kind::ready:
        handler_.on_ready();
        break;
      case Event::Kind::go_away:
        handler_.on_go_away();
        break;
      case Event::Kind::ping_acknowledged:
        handler_.on_ping_acknowledged();
        break;
    }
  }
  events_.clear();
}

Error SessionCore::end_of_input() const {
  if (termination_) return *termination_;
  if (peer_error_) return *peer_error_;
  std::size_t open = 0;
  for (const auto& record : records_)
    open += record->open ? std::size_t{1} : 0;
  if (open == 0 || go_away_received_) {
    return Error{ErrorKind::closed, "the peer closed the connection"};
  }
  return Error{ErrorKind::reset, "the peer closed the connection without GOAWAY while " +
                                     std::to_string(open) + " streams were open"};
}

void SessionCore::end(Error reason) {
  if (end_reason_) return;
  end_reason_ = std::move(reason);
  ended_.set();
}

void SessionCore::finish() noexcept {
  if (over_) return;
  over_ = true;
  head_timer_.cancel();
  go_away_timer_.cancel();
  send_turn_.unlink();
  constexpr std::string_view given_up = "the connection was given up by this side";
  const std::string_view reason = end_reason_ ? std::string_view(end_reason_->message) : given_up;
  for (const std::unique_ptr<StreamRecord>& record : records_) {
    record->undelivered.reset();  // nobody has seen it, so nobody would ever let go of it
    if (record->stream == nullptr || !record->open) continue;
    record->stream->unprocessed_ = untouched(*record);
    record->stream->fail(connection_lost(reason));
  }
}

void SessionCore::terminate(ErrorCode code, std::string_view debug) {
  if (over_ || termination_) return;
  begin_termination(Error{ErrorKind::limit, "this side ended the HTTP/2 connection with " +
                                                std::string(to_string(code)) + ": " +
                                                std::string(debug)});
  submit_go_away(code, debug);
}

void SessionCore::begin_termination(Error reason) {
  termination_ = std::move(reason);
  go_away_timer_.arm(loop_, go_away_time);
}

void SessionCore::submit_go_away(ErrorCode code, std::string_view debug) {
  go_away_submitted_ = true;
  require_memory(nghttp2_submit_goaway(
      session_.get(), NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_.get()),
      static_cast<std::uint32_t>(code), reinterpret_cast<const std::uint8_t*>(debug.data()),
      debug.size()));
  wake_output();
}

void SessionCore::begin_drain() {
  if (over_ || draining_ || go_away_submitted_) return;
  draining_ = true;
  require_memory(nghttp2_submit_shutdown_notice(session_.get()));
  require_memory(nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, drain_ping.data()));
  wake_output();
}

bool SessionCore::is_drain_ping(const std::uint8_t* opaque) {
  return std::equal(drain_ping.begin(), drain_ping.end(), opaque);
}

void SessionCore::go_away(ErrorCode code, std::string_view debug) {
  if (over_) return;
  if (code != ErrorCode::no_error) return terminate(code, debug);
  if (go_away_submitted_) return;
  submit_go_away(code, debug);
}

void SessionCore::ping() {
  if (over_) return;
  require_memory(nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, liveness_ping.data()));
  wake_output();
}

bool SessionCore::output_empty() const {
  if (over_) return true;
  if (output_blocked_ || !staging_.empty() || !released_.empty()) return false;
  if (nghttp2_session_get_outbound_queue_size(session_.get()) > 0) return false;
  for (const auto& record : records_) {
    if (record->open && !record->reset &&
        (!record->out.empty() || (record->finished && !record->ended)))
      return false;
  }
  return true;
}

}  // namespace outhaul::h2
