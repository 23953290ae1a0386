#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nghttp2/nghttp2.h>

#include "common/h2/field_block.h"
#include "common/h2/head_receiver.h"
#include "common/h2/path_estimate.h"
#include "common/h2/rate_meter.h"
#include "common/h2/session.h"
#include "common/h2/staging.h"
#include "common/h2/stream_record.h"

namespace outhaul::h2 {

/// RFC 9113 section 4.1.
inline constexpr std::size_t frame_header_size = 9;
/// The largest head we send (RFC 9113 section 6.5.2 measure). nghttp2's own limit stands above it:
/// over that one a submitted head is dropped without a word and the stream hangs.
inline constexpr std::size_t max_sent_head_size = 128 * 1024;
/// 1xx heads before the final one that a client session takes.
inline constexpr std::uint32_t max_interim_heads = 16;

/// nghttp2 says that there is no memory in a result that has no other meaning to most callers;
/// here it is std::bad_alloc, as everywhere: a frame that was not queued would be waited for.
inline void require_memory(int result) {
  if (result == NGHTTP2_ERR_NOMEM) throw std::bad_alloc();
}

/// The inside of a Session. session.cc has the life cycle and the transport, settings.cc what is
/// announced, receive_callbacks.cc what arrives, send_callbacks.cc and send_turn.cc what leaves,
/// streams.cc the streams' records, window_growth.cc how receive windows grow.
///
/// nghttp2 forbids re-entry, so its callbacks change state, queue events and wake waiters through
/// the loop; they never run the application's code.
class SessionCore final {
 public:
  SessionCore(Loop& loop, net::ByteStream& transport, const SessionOptions& options,
              SessionHandler& handler);
  ~SessionCore();
  SessionCore(const SessionCore&) = delete;
  SessionCore& operator=(const SessionCore&) = delete;

  // --- session.cc: what Session offers ---
  Task<SessionEnd> run(std::string early);
  void begin_drain();
  void go_away(ErrorCode code, std::string_view debug);
  void ping();
  bool output_empty() const;
  /// Ends run() soon; the first reason stays.
  void end(Error reason);

  // --- streams.cc ---
  Result<std::unique_ptr<Stream>> open(const http::RequestHead& head, bool has_body);
  std::size_t available_streams() const;
  /// A record with a new Stream, active from now on.
  std::unique_ptr<Stream> make_stream();
  /// From ~Stream: nothing but notes, and a send turn that acts on them.
  void release(Stream& stream);
  void inform(StreamRecord& record, const http::ResponseHead& head);
  Result<void> respond(StreamRecord& record, const http::ResponseHead& head, bool has_body);
  /// Takes content of at most room() to send.
  void stage(StreamRecord& record, Bytes content);
  /// There is content, or its end, that the stream has not sent.
  void resume(StreamRecord& record);
  /// The application took `count` bytes.
  void consumed(StreamRecord& record, std::size_t count);
  void reset(StreamRecord& record, ErrorCode code);
  /// How much more content a stream may stage now.
  std::size_t room(StreamRecord& record);
  /// nghttp2 has closed the stream.
  void closed(StreamRecord& record, std::uint32_t code);
  /// The peer reset a stream, or made us reset one.
  void count_peer_reset();
  void count_caused_reset();
  /// Draws the consequences of what was released.
  void settle_released();

  // --- send_turn.cc ---
  void wake_output() { loop_.at_end_of_turn(send_turn_); }

  /// From guarded_callback.h, inside a catch block: thrown again once nghttp2 has returned.
  void keep_exception() noexcept { callback_exception_ = std::current_exception(); }

  Loop& loop() { return loop_; }
  const SessionOptions& options() const { return options_; }
  const SessionStatistics& statistics() const { return statistics_; }
  TimePoint last_received() const { return last_received_; }
  bool ready() const { return ready_; }
  bool go_away_received() const { return go_away_received_; }
  std::size_t active_streams() const { return active_; }
  Readiness& idle() { return idle_; }

 private:
  friend class ReceiveCallbacks;
  friend class SendCallbacks;

  struct SessionDeleter {
    void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
  };

  /// What a callback saw and the handler is to be told once nghttp2 has returned.
  struct Event {
    enum class Kind : std::uint8_t { request, ready, go_away, ping_acknowledged };
    Kind kind;
    std::int32_t stream_id = 0;
  };

  class SendTurn final : public Runnable {
   public:
    explicit SendTurn(SessionCore& core) : core_(core) {}
    void run() override { core_.run_send_turn(); }

   private:
    SessionCore& core_;
  };

  class HeadTimer final : public Timer {
   public:
    explicit HeadTimer(SessionCore& core) : core_(core) {}

   private:
    void expired() override { core_.terminate(ErrorCode::enhance_your_calm, "slow header block"); }
    SessionCore& core_;
  };

  /// A peer that does not read must not keep a connection that is to end with GOAWAY.
  class GoAwayTimer final : public Timer {
   public:
    explicit GoAwayTimer(SessionCore& core) : core_(core) {}

   private:
    void expired() override { core_.end(*core_.termination_); }
    SessionCore& core_;
  };

  enum class Push : std::uint8_t { done, blocked, failed };

  // session.cc
  Task<Result<void>> read_input();
  Task<Result<void>> drive_output();
  Task<Result<void>> wait_for_end();
  Result<void> received(Bytes data);
  void rethrow_kept();
  void deliver_events();
  void watch_header_block();
  Error end_of_input() const;
  /// Fails what is left; nothing is sent or delivered any more.
  void finish() noexcept;
  /// GOAWAY with an error from our side; run() ends when it has left, or cannot leave in time.
  void terminate(ErrorCode code, std::string_view debug);
  /// Notes that the connection ends with `reason`, soon.
  void begin_termination(Error reason);
  void submit_go_away(ErrorCode code, std::string_view debug);
  static bool is_drain_ping(const std::uint8_t* opaque);

  // settings.cc
  void create_session();
  void submit_settings();

  // window_growth.cc
  static bool is_path_ping(const std::uint8_t* opaque);
  /// The peer has acknowledged our first SETTINGS: a round trip for which nothing had to be sent.
  void know_path();
  void begin_measurement();
  void end_measurement();
  void grow(StreamRecord& record, std::uint64_t wanted);
  void set_window(std::int32_t stream_id, std::uint64_t size);

  // send_turn.cc
  void run_send_turn();
  /// Moves frames from nghttp2 into staging_ until either has no more to give.
  void collect();
  Push push();
  void pushed_all();
  void wake_writers();

  // streams.cc
  StreamRecord* find(std::int32_t stream_id) const;
  /// Of what a stream has staged.
  void unstage_all(StreamRecord& record);
  void recycle(StreamRecord& record);
  void fail_closed(Stream& stream, const StreamRecord& record, std::uint32_t code);
  bool untouched(const StreamRecord& record) const;
  std::size_t head_size_allowed() const;
  bool server() const { return options_.role == Role::server; }

  Loop& loop_;
  net::ByteStream& transport_;
  const SessionOptions options_;
  SessionHandler& handler_;
  std::unique_ptr<nghttp2_session, SessionDeleter> session_;

  HeadReceiver receiver_{options_};
  std::vector<Event> events_;
  std::exception_ptr callback_exception_;
  HeadTimer head_timer_{*this};
  RateMeter pings_{options_.ping_limit};
  RateMeter settings_frames_{options_.settings_limit};
  RateMeter empty_data_{options_.empty_data_limit};
  std::optional<RateMeter> peer_resets_;
  std::optional<RateMeter> caused_resets_;

  std::vector<std::unique_ptr<StreamRecord>> records_;
  std::vector<std::unique_ptr<StreamRecord>> spare_records_;
  std::vector<StreamRecord*> released_;
  std::size_t active_ = 0;       // Streams that exist
  std::size_t complete_ = 0;     // of them, those that ended in order and only have to be let go
  std::size_t client_open_ = 0;  // client role: streams nghttp2 knows
  Readiness idle_;

  FieldBlock block_;
  std::size_t content_ = 0;  // bytes in `out` of all records
  Staging staging_;
  SendTurn send_turn_{*this};
  std::uint64_t staged_ = 0;  // bytes ever put into staging_
  std::uint64_t taken_ = 0;   // bytes of them that the transport has taken
  bool output_blocked_ = false;
  Readiness blocked_;
  Readiness unblocked_;

  PathEstimate path_;
  std::uint64_t usual_window_ = 0;  // the largest that a stream was found to need lately
  TimePoint usual_at_{};
  std::uint64_t received_before_ = 0;  // bytes, when the measurement under way began
  TimePoint settings_at_{};            // when ours were submitted first

  SessionStatistics statistics_;
  TimePoint last_received_;
  bool started_ = false;
  bool ready_ = false;
  bool settings_acknowledged_ = false;
  bool go_away_submitted_ = false;  // by the application or the end of a drain
  bool draining_ = false;
  bool go_away_received_ = false;
  std::optional<Error> peer_error_;   // from a GOAWAY with an error code
  std::optional<Error> termination_;  // we end the connection with an error code
  bool termination_staged_ = false;   // its GOAWAY is in staging_
  GoAwayTimer go_away_timer_{*this};
  std::optional<Error> end_reason_;
  Readiness ended_;
  bool over_ = false;
};

}  // namespace outhaul::h2
