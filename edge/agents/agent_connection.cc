#include "edge/agents/agent_connection.h"

#include <algorithm>
#include <utility>

#include "common/async/combinators.h"
#include "common/async/sleep.h"
#include "common/async/timed_wait.h"
#include "edge/agents/h2_tunnel_stream.h"

namespace outhaul::edge {

namespace {

constexpr std::chrono::seconds flush_time{2};
/// How often a suspect connection is looked at.
constexpr std::chrono::milliseconds suspect_interval{100};

h2::SessionOptions session_options(const Limits& limits, MemoryBudget* memory) {
  h2::SessionOptions options;
  options.role = h2::Role::client;
  options.max_concurrent_streams = limits.announced_streams_per_connection;
  options.initial_stream_window = limits.stream_window;
  options.connection_window = limits.connection_window;
  options.window_maximum = limits.window_maximum;
  options.memory = memory;
  options.header_table_size = limits.header_table_size;
  options.max_header_list_size = limits.header_list_size;
  options.max_fields = limits.field_count;
  options.max_field_size = limits.field_value_size;
  options.max_path_size = limits.path_size;
  options.ping_limit = limits.pings;
  options.settings_limit = limits.settings;
  options.empty_data_limit = limits.empty_data;
  options.header_block_time = limits.header_block_time;
  return options;
}

Task<Result<void>> wait_until_idle(h2::Session& session) {
  while (session.active_streams() > 0)
    co_await session.idle().wait();
  co_return Result<void>();
}

Task<Result<void>> wait_until_flushed(Loop& loop, h2::Session& session) {
  while (!session.output_empty())
    co_await sleep_for(loop, std::chrono::milliseconds(1));
  co_return Result<void>();
}

}  // namespace

AgentConnection::AgentConnection(Loop& loop, const Limits& limits, AcceptedAgent agent,
                                 ConnectionObserver& observer, MemoryBudget* memory,
                                 const AgentLimits& agent_limits)
    : loop_(loop),
      limits_(limits),
      agent_(std::move(agent)),
      observer_(observer),
      memory_(memory),
      agent_limits_(agent_limits),
      ready_(loop),
      watchers_(loop) {}

AgentConnection::~AgentConnection() = default;

Task<std::string> AgentConnection::run(net::ByteStream& stream) {
  h2::SessionHandler& handler = *this;
  session_ =
      std::make_unique<h2::Session>(loop_, stream, session_options(limits_, memory_), handler);
  liveness_ =
      std::make_unique<h2::Liveness>(loop_, *session_,
                                     h2::LivenessLimits{.interval = limits_.ping_interval,
                                                        .answer = limits_.ping_answer,
                                                        .answer_after_jump = limits_.clock_jump});
  watchers_.spawn(watch());
  const h2::SessionEnd end = co_await session_->run();
  // Perhaps only the way back is broken. A FIN would wait for acknowledgements that do not come; a
  // reset tells the agent at once.
  if (end.reason.kind == ErrorKind::timed_out) stream.reset();
  set_usable(false);
  watchers_.cancel_all();
  probe_.cancel();
  liveness_.reset();
  session_.reset();
  co_return end.reason.message;
}

void AgentConnection::probe() {
  if (!session_ || probe_asked_ || suspect_) return;
  wait_for_life(agent_limits_.suspect_quiet);
}

void AgentConnection::wait_for_life(Duration quiet) {
  quiet_ = quiet;
  probe_asked_ = false;
  probed_since_ = loop_.now();
  probe_.arm(loop_, quiet_);
}

void AgentConnection::look_for_life() {
  // Later, not at the same time: what arrived in the turn of the request was there before it.
  if (session_->last_received() > probed_since_) {
    const bool only_ping = probe_asked_;
    probe_asked_ = false;
    if (suspect_) {
      suspect_ = false;
      observer_.on_suspect_changed(*this);
    }
    if (outstanding() == 0) return;
    // A request that takes long is no reason to ask all the time.
    const Duration quiet = agent_limits_.suspect_quiet;
    const Duration longest = std::max<Duration>(limits_.ping_interval, quiet);
    wait_for_life(only_ping ? std::min<Duration>(2 * quiet_, longest) : quiet);
    return;
  }
  if (!probe_asked_) {
    probe_asked_ = true;
    session_->ping();
    probe_.arm(loop_, agent_limits_.suspect_answer);
    return;
  }
  probe_.arm(loop_, suspect_interval);
  if (suspect_) return;
  suspect_ = true;
  observer_.on_suspect_changed(*this);
}

std::size_t AgentConnection::outstanding() const {
  return session_ ? session_->active_streams() : 0;
}

std::size_t AgentConnection::room() const {
  return session_ && usable_ ? session_->available_streams() : 0;
}

Result<std::unique_ptr<TunnelStream>> AgentConnection::open(const http::RequestHead& head,
                                                            bool has_body) {
  if (!session_ || !usable_) {
    return Error{ErrorKind::closed, "the agent's connection takes no new requests"};
  }
  OUTHAUL_TRY(stream, session_->open(head, has_body));
  if (!probe_.armed() || quiet_ > agent_limits_.suspect_quiet) probe();
  return std::unique_ptr<TunnelStream>(
      std::make_unique<H2TunnelStream>(std::move(stream), agent_.connection_name));
}

void AgentConnection::on_request(std::unique_ptr<h2::Stream> stream) {
  // A client session has no requests to take; dropping the stream resets it.
  stream.reset();
}

void AgentConnection::on_ready() {
  ready_.set();
  if (!draining_) set_usable(true);
}

void AgentConnection::on_go_away() {
  drain("the agent drained the connection");
}

void AgentConnection::set_usable(bool usable) {
  if (usable_ == usable) return;
  usable_ = usable;
  observer_.on_usable_changed(*this);
}

Task<void> AgentConnection::watch() {
  const bool ready = co_await wait_for(loop_, ready_, limits_.setup_stage);
  if (!ready) {
    session_->abort(Error{ErrorKind::timed_out, "the agent sent no HTTP/2 SETTINGS in time"});
    co_return;
  }
  co_await liveness_->until_silent();
  session_->abort(Error{ErrorKind::timed_out, "the agent was silent and did not answer a PING"});
}

void AgentConnection::clock_jumped() {
  if (liveness_) liveness_->clock_jumped();
}

void AgentConnection::drain(std::string reason, std::optional<Duration> limit) {
  if (draining_) return;
  draining_ = true;
  set_usable(false);
  if (session_) watchers_.spawn(finish_drain(std::move(reason), limit));
}

Task<void> AgentConnection::finish_drain(std::string reason, std::optional<Duration> limit) {
  Task<Result<void>> finishing = wait_until_idle(*session_);
  if (limit) {
    const Duration grace = std::max<Duration>(*limit, Duration(1));
    const Result<void> finished =
        co_await with_deadline(loop_, std::move(finishing), grace, "draining");
    if (!finished) reason += "; requests were cut off at the end of the grace period";
  } else {
    // Without a deadline there is nothing that could fail.
    [[maybe_unused]] const Result<void> finished = co_await std::move(finishing);
  }
  session_->go_away(h2::ErrorCode::no_error, "the edge is done with this connection");
  Task<Result<void>> flushing = wait_until_flushed(loop_, *session_);
  const Result<void> flushed =
      co_await with_deadline(loop_, std::move(flushing), flush_time, "closing");
  session_->abort(Error{flushed ? ErrorKind::closed : ErrorKind::timed_out, std::move(reason)});
}

void AgentConnection::cut(std::string reason) {
  draining_ = true;
  set_usable(false);
  if (session_) session_->abort(Error{ErrorKind::cancelled, std::move(reason)});
}

}  // namespace outhaul::edge
