#include "agent/origins/h2_origin.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "common/async/sleep.h"
#include "common/async/timed_wait.h"

namespace outhaul::agent {

namespace {

/// For the answer to a PING before a request is put on a silent connection. A private network
/// answers within milliseconds; a new connection is the cheaper guess after that.
constexpr std::chrono::seconds proof_time{2};

/// gRPC servers measure the path with PINGs while data flows; one frame in flight at a time.
constexpr RateLimit origin_pings{2000, 2000, std::chrono::seconds{1}};

h2::SessionOptions session_options(const Limits& limits) {
  h2::SessionOptions options;
  options.role = h2::Role::client;
  options.max_concurrent_streams = limits.streams_per_agent;
  options.initial_stream_window = limits.stream_window;
  options.connection_window = limits.connection_window;
  options.header_table_size = limits.header_table_size;
  options.max_header_list_size = limits.header_list_size;
  options.max_fields = limits.field_count;
  options.max_field_size = limits.field_value_size;
  options.max_path_size = limits.path_size;
  options.ping_limit = origin_pings;
  options.settings_limit = limits.settings;
  options.empty_data_limit = limits.empty_data;
  options.header_block_time = limits.header_block_time;
  return options;
}

}  // namespace

H2Origin::H2Origin(Loop& loop, const Limits& limits, std::unique_ptr<net::ByteStream> stream,
                   std::string address, H2OriginTimes times)
    : loop_(loop),
      limits_(limits),
      stream_(std::move(stream)),
      address_(std::move(address)),
      times_(times),
      session_(loop, *stream_, session_options(limits), *this),
      watchers_(loop),
      changed_(loop),
      answered_(loop),
      retired_(loop) {}

H2Origin::~H2Origin() = default;

Task<void> H2Origin::run() {
  watchers_.spawn(watch());
  h2::SessionEnd end = co_await session_.run();
  watchers_.cancel_all();
  end_reason_ = std::move(end.reason);
  slot_.release();
  changed_.set();
  answered_.set();
}

Task<Result<void>> H2Origin::wait_until_open() {
  co_await changed_.wait();
  if (end_reason_) co_return *end_reason_;
  co_return Result<void>();
}

bool H2Origin::has_room() const {
  return room() > 0;
}

std::size_t H2Origin::room() const {
  if (end_reason_ || retired_.is_set()) return 0;
  const std::size_t announced = session_.available_streams();
  if (!requests_taken_) return announced;
  return std::min(announced, *requests_taken_ - std::min(*requests_taken_, requests()));
}

bool H2Origin::silent() const {
  return loop_.now() - session_.last_received() >= limits_.ping_interval;
}

Task<bool> H2Origin::prove_alive() {
  if (!asked_) {
    asked_ = true;
    answered_.clear();
    session_.ping();
  }
  const bool woken = co_await wait_for(loop_, answered_, proof_time);
  if (end_reason_) co_return false;
  // Requests that it carries may have a patience of their own; without any there is no use for it.
  if (!woken) retire();
  co_return woken;
}

Result<std::unique_ptr<h2::Stream>> H2Origin::open(const http::RequestHead& head, bool has_body) {
  ++opened_;
  return session_.open(head, has_body);
}

void H2Origin::note_refusal() {
  requests_taken_ = std::max<std::size_t>(requests(), 2) - 1;
}

void H2Origin::retire() {
  retired_.set();
  if (requests() == 0) slot_.release();
}

void H2Origin::on_request(std::unique_ptr<h2::Stream> stream) {
  // A client session has no requests to take; dropping the stream resets it.
  stream.reset();
}

void H2Origin::on_ready() {
  changed_.set();
}

void H2Origin::on_go_away() {
  retire();
}

void H2Origin::on_ping_acknowledged() {
  asked_ = false;
  answered_.set();
}

Task<void> H2Origin::watch() {
  const bool open = co_await wait_for(loop_, changed_, times_.opening);
  if (!open) {
    session_.abort(Error{ErrorKind::timed_out,
                         "the origin at " + address_ + " sent no HTTP/2 SETTINGS in time"});
    co_return;
  }
  co_await close_when_unused();
}

Task<void> H2Origin::close_when_unused() {
  for (;;) {
    while (session_.active_streams() > 0)
      co_await session_.idle().wait();
    requests_taken_.reset();
    const std::uint64_t opened = opened_;
    const bool retired = co_await wait_for(loop_, retired_, times_.idle);
    if (session_.active_streams() > 0) continue;
    if (retired || opened == opened_) break;
  }
  retire();
  session_.go_away(h2::ErrorCode::no_error, "the connection is not used any more");
  co_await end_of_turn(loop_);  // in which the GOAWAY leaves
  session_.abort(Error{ErrorKind::closed, "the connection was not used any more"});
}

}  // namespace outhaul::agent
