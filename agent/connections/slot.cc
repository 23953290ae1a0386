#include "agent/connections/slot.h"

#include <algorithm>
#include <utility>

#include "common/async/timed_wait.h"
#include "common/base/stable_order.h"

namespace outhaul::agent {

namespace {

/// Before a slot that is away from its home edge tries that again: often for as long as a restart
/// with its grace period takes, then less and less.
constexpr std::chrono::seconds home_wait{5};
constexpr std::uint32_t home_quick_tries = 12;
constexpr std::chrono::minutes home_wait_maximum{10};
/// Slots that hear of an edge's return spread their attempts over this time.
constexpr std::chrono::milliseconds return_jitter{500};

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

Duration wait_for_home(std::uint32_t failures) {
  const std::uint32_t doublings = failures - std::min(failures, home_quick_tries);
  const Duration wait =
      std::min<Duration>(home_wait * (1U << std::min(doublings, 10U)), home_wait_maximum);
  return wait + random_duration(wait);
}

/// `life` varied by the share either way, so that connections made together do not end together.
Duration varied(std::chrono::seconds life, const Limits& limits) {
  const Duration bounded = std::max<Duration>(life, limits.connection_life_minimum);
  const Duration share = bounded * limits.connection_life_jitter_percent / 100;
  return bounded - share + random_duration(2 * share);
}

}  // namespace

Slot::Attempt::Attempt(Slot& slot, std::size_t edge_index)
    : edge(edge_index),
      edge_name(slot.context_.edge(edge_index).to_string()),
      credentials(slot.context_.credentials),
      connection(slot.context_.connections, slot.context_.edge(edge_index), slot.context_.instance,
                 slot.index_, slot) {}

Slot::Slot(SlotContext& context, std::uint32_t index)
    : context_(context),
      index_(index),
      backoff_(context.connections.limits),
      changed_(context.connections.loop),
      next_edge_(index) {}

Task<void> Slot::run() {
  Loop& loop = context_.connections.loop;
  while (!draining_) {
    forget_ended();
    const Reason reason = reason_to_dial();
    if (reason != Reason::none) {
      co_await dial(reason);
      continue;
    }
    changed_.clear();
    co_await wait_for(loop, changed_, time_to_wait());
  }
}

Slot::Reason Slot::reason_to_dial() const {
  const TimePoint now = context_.connections.loop.now();
  if (!current_) return now >= not_before_ ? Reason::missing : Reason::none;
  if (current_->connection.replacement_wanted()) {
    return now >= not_before_ ? Reason::asked : Reason::none;
  }
  if (renewing_) return now >= not_before_ ? Reason::credentials : Reason::none;
  if (now >= life_ends_) return now >= not_before_ ? Reason::life : Reason::none;
  if (current_->edge != home() && now >= try_home_) return Reason::home;
  return Reason::none;
}

Duration Slot::time_to_wait() const {
  const TimePoint now = context_.connections.loop.now();
  TimePoint until = not_before_;
  if (current_ && !current_->connection.replacement_wanted() && !renewing_) {
    until = std::max(life_ends_, not_before_);
    if (current_->edge != home()) until = std::min(until, try_home_);
  }
  return std::max<Duration>(until - now, Duration(1));
}

void Slot::forget_ended() {
  if (current_ && current_->ended) lose_current();
  std::erase_if(connections_, [](const AttemptPointer& attempt) { return attempt->ended; });
}

void Slot::lose_current() {
  const AttemptPointer lost = std::exchange(current_, nullptr);
  context_.rejections = 0;
  told_to_wait_ = false;
  const Duration delay = lost->end.closed_as_usual
                             ? random_duration(context_.connections.limits.first_retry_jitter)
                             : backoff_.next(lost->end.served);
  not_before_ = context_.connections.loop.now() + delay;
  report(lost->end, lost->edge_name, delay);
}

std::size_t Slot::home() const {
  return index_ % context_.edges.size();
}

std::size_t Slot::edge_for(Reason reason) const {
  const std::size_t count = context_.edges.size();
  if (reason == Reason::home) return home();
  // The edge that asked is the last one to try.
  if (reason == Reason::asked) return (current_->edge + 1 + asked_failures_) % count;
  return next_edge_ % count;
}

Task<void> Slot::dial(Reason reason) {
  const std::size_t edge = edge_for(reason);
  const PortChoice port = reason == Reason::life ? PortChoice::configured : PortChoice::remembered;
  auto routes = co_await context_.director.find(edge, index_, port);
  if (draining_) co_return;
  if (!routes) {
    ConnectionEnd end;
    end.reason = std::move(routes.error().message);
    failed(std::move(end), edge, reason);
    co_return;
  }
  if (current_ && current_->connection.address()) put_current_last(*routes);
  const auto attempt = std::make_shared<Attempt>(*this, edge);
  connections_.push_back(attempt);
  context_.tasks.spawn(carry(attempt, *std::move(routes)));
  while (!attempt->ended && !attempt->connection.serving() && !draining_) {
    changed_.clear();
    co_await changed_.wait();
  }
  if (draining_) co_return;
  // An answer of the edge may come and go in one turn: then it was a connection all the same.
  const bool serves = attempt->connection.serving() || attempt->end.served > Duration::zero();
  // The edge may have let the old one go (GOAWAY) in the turn in which the new one came: then it
  // was replaced, not lost.
  const bool let_go = current_ && current_->ended && current_->connection.replacement_wanted();
  if (!serves || !let_go) forget_ended();
  if (serves) {
    adopt(attempt, reason);
  } else {
    context_.director.failed(index_, attempt->connection.target());
    failed(std::move(attempt->end), edge, reason);
  }
}

/// It may not take connections any more.
void Slot::put_current_last(std::vector<EdgeRoute>& routes) const {
  const EdgeConnection& current = current_->connection;
  for (EdgeRoute& route : routes) {
    partition_in_order(route.addresses, [&current](const net::SocketAddress& address) {
      return address != *current.address();
    });
  }
  // Other ports of one edge stay as they are.
  partition_in_order(routes, [&current](const EdgeRoute& route) {
    return route.rule != RouteRule::next_if_failed || route.target != current.target();
  });
}

Task<void> Slot::carry(AttemptPointer attempt, std::vector<EdgeRoute> routes) {
  attempt->end = co_await attempt->connection.run(std::move(routes));
  attempt->ended = true;
  on_connection_changed();
}

void Slot::on_connection_changed() {
  changed_.set();
  context_.changed();
}

void Slot::adopt(const AttemptPointer& attempt, Reason reason) {
  if (current_) {
    const bool asked = current_->connection.replacement_wanted();
    current_->connection.replaced();
    if (!asked) current_->connection.drain();
    context_.connections.log.info("connection_replaced", {{"slot", index_},
                                                          {"reason", words(reason)},
                                                          {"from", current_->edge_name},
                                                          {"to", attempt->edge_name}});
  }
  current_ = attempt;
  renewing_ = false;
  const TimePoint now = context_.connections.loop.now();
  next_edge_ = attempt->edge;
  not_before_ = now;
  asked_failures_ = 0;
  told_to_wait_ = false;
  life_ends_ = now + varied(attempt->connection.life(), context_.connections.limits);
  if (attempt->edge == home()) home_failures_ = 0;
  try_home_ = now + wait_for_home(home_failures_);
  context_.director.reached(attempt->edge, index_, attempt->connection.target());
}

std::string_view Slot::words(Reason reason) {
  switch (reason) {
    case Reason::life:
      return "it has lived its life";
    case Reason::home:
      return "its home edge is back";
    case Reason::credentials:
      return "the agent has new credentials";
    default:
      return "the edge asked for it";
  }
}

void Slot::renew() {
  if (!outdated() || renewing_) return;
  renewing_ = true;
  not_before_ = context_.connections.loop.now();
  changed_.set();
}

void Slot::failed(ConnectionEnd end, std::size_t edge, Reason reason) {
  const TimePoint now = context_.connections.loop.now();
  if (reason == Reason::home) {
    try_home_ = now + wait_for_home(++home_failures_);
    report(end, context_.edge(edge).to_string(), try_home_ - now);
    return;
  }
  const Duration delay = delay_after(end);
  not_before_ = now + std::max<Duration>(delay, Duration(1));
  report(end, context_.edge(edge).to_string(), delay);
  const bool deleted = end.refusal && end.refusal->action == RefusalAction::deleted;
  if (deleted) context_.director.deleted();
  ++next_edge_;
  if (reason == Reason::asked && ++asked_failures_ >= context_.edges.size() && current_) {
    // No edge takes it now: the one that asked need not wait. The slot goes on trying.
    current_->connection.not_replaced();
  }
}

Duration Slot::delay_after(const ConnectionEnd& end) {
  told_to_wait_ = false;
  if (end.connection_refused) return backoff_.refused();
  if (!end.refusal) return backoff_.next(end.served);
  const Limits& limits = context_.connections.limits;
  switch (end.refusal->action) {
    case RefusalAction::retry_after:
      told_to_wait_ = true;
      return backoff_.at_least(end.refusal->retry_after);
    case RefusalAction::slow:
      told_to_wait_ = true;
      return limits.backoff_maximum + random_duration(limits.backoff_maximum);
    case RefusalAction::deleted:
      told_to_wait_ = true;
      return limits.deleted_retry_minimum +
             random_duration(limits.deleted_retry_maximum - limits.deleted_retry_minimum);
    case RefusalAction::back_off:
    case RefusalAction::next_edge:
    case RefusalAction::rejected:
      break;
  }
  return backoff_.next(end.served);
}

void Slot::report(const ConnectionEnd& end, const std::string& edge, Duration delay) {
  const bool rejected = end.refusal && end.refusal->action == RefusalAction::rejected;
  // One rejection may be an edge that has not heard of a new tunnel yet.
  const bool loud =
      rejected && ++context_.rejections == context_.connections.limits.rejections_before_warning;
  const LogField fields[] = {{"edge", edge},
                             {"slot", index_},
                             {"reason", end.reason},
                             {"served_s", seconds(end.served)},
                             {"retry_s", seconds(delay)}};
  context_.connections.counters.add(end);
  const std::string_view event =
      end.served > Duration::zero() ? "connection_lost" : "connection_failed";
  const LogLevel quiet = end.closed_as_usual ? LogLevel::info : LogLevel::warn;
  context_.connections.log.write(loud ? LogLevel::error : quiet, event, fields);
}

ConnectionFigures Slot::figures() const {
  if (current_) return current_->connection.figures();
  if (!connections_.empty()) return connections_.back()->connection.figures();
  ConnectionFigures waiting;
  waiting.slot = index_;
  return waiting;
}

void Slot::edge_is_back(std::size_t edge) {
  dial_soon(return_jitter, edge);
}

void Slot::clock_jumped() {
  for (const AttemptPointer& attempt : connections_)
    attempt->connection.clock_jumped();
  dial_soon(context_.connections.limits.first_retry_jitter, next_edge_);
}

void Slot::dial_soon(Duration jitter, std::size_t edge) {
  if (current_ || draining_ || told_to_wait_) return;
  const TimePoint soon = context_.connections.loop.now() + random_duration(jitter);
  if (soon >= not_before_) return;
  not_before_ = soon;
  next_edge_ = edge;
  changed_.set();
}

void Slot::drain() {
  draining_ = true;
  for (const AttemptPointer& attempt : connections_)
    attempt->connection.drain();
  changed_.set();
}

void Slot::cut() {
  for (const AttemptPointer& attempt : connections_)
    attempt->connection.cut();
}

bool Slot::serving() const {
  return std::ranges::any_of(connections_, [](const AttemptPointer& attempt) {
    return !attempt->ended && attempt->connection.serving();
  });
}

std::size_t Slot::active_requests() const {
  std::size_t count = 0;
  for (const AttemptPointer& attempt : connections_)
    count += attempt->connection.active_requests();
  return count;
}

}  // namespace outhaul::agent
