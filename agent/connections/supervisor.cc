#include "agent/connections/supervisor.h"

#include <algorithm>
#include <utility>

#include "common/async/combinators.h"
#include "common/async/timed_wait.h"

namespace outhaul::agent {

namespace {

/// For what a cut drain still has to say to the edges: resets, GOAWAY, close_notify.
constexpr std::chrono::seconds closing_time{2};

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

Task<Result<void>> wait_until_drained(Scope& scope) {
  co_await scope.drained();
  co_return Result<void>();
}

}  // namespace

Supervisor::Supervisor(ConnectionContext& context, dns::Resolver& resolver,
                       std::vector<tunnel::EdgeAddress> edges, Listeners listeners)
    : context_(context),
      resolver_(resolver),
      edges_(std::move(edges)),
      listeners_(std::move(listeners)),
      connections_(context.limits.connections_per_agent, nullptr),
      stopping_(context.loop),
      slots_(context.loop) {}

void Supervisor::start() {
  for (std::uint32_t slot = 0; slot < context_.limits.connections_per_agent; ++slot) {
    slots_.spawn(keep_connected(slot));
  }
}

Task<void> Supervisor::keep_connected(std::uint32_t slot) {
  Backoff backoff(context_.limits);
  std::size_t next_edge = slot;
  while (!stopping_.is_set()) {
    const tunnel::EdgeAddress& edge = edges_[next_edge % edges_.size()];
    const ConnectionEnd end = co_await connect_once(slot, edge);
    if (stopping_.is_set()) break;
    const Duration delay = delay_after(end, backoff);
    report(end, slot, edge, delay);
    const bool deleted = end.refusal && end.refusal->action == RefusalAction::deleted;
    if (deleted && listeners_.deleted) listeners_.deleted();
    if (end.served == Duration::zero()) ++next_edge;
    co_await wait_for(context_.loop, stopping_, std::max<Duration>(delay, Duration(1)));
  }
}

Task<ConnectionEnd> Supervisor::connect_once(std::uint32_t slot, const tunnel::EdgeAddress& edge) {
  auto addresses = co_await resolve(edge);
  ConnectionEnd end;
  if (!addresses) {
    end.reason = std::move(addresses.error().message);
    co_return end;
  }
  EdgeConnection connection(context_, edge, instance_, slot);
  connections_[slot] = &connection;
  end = co_await connection.run(*std::move(addresses));
  connections_[slot] = nullptr;
  if (end.served > Duration::zero()) rejections_ = 0;
  co_return end;
}

Task<Result<std::vector<net::SocketAddress>>> Supervisor::resolve(const tunnel::EdgeAddress& edge) {
  std::vector<IpAddress> found;
  if (const auto literal = IpAddress::parse(edge.host)) {
    found.push_back(*literal);
  } else {
    OUTHAUL_CO_TRY(resolution, co_await resolver_.resolve(edge.host, dns::ServerSet::system()));
    for (const dns::Address& address : resolution.addresses)
      found.push_back(address.ip);
  }
  if (listeners_.addresses) listeners_.addresses(found);
  std::vector<net::SocketAddress> addresses;
  for (const IpAddress& address : found)
    addresses.emplace_back(address, edge.port);
  co_return addresses;
}

Duration Supervisor::delay_after(const ConnectionEnd& end, Backoff& backoff) {
  if (!end.refusal) return backoff.next(end.served);
  const Limits& limits = context_.limits;
  switch (end.refusal->action) {
    case RefusalAction::retry_after:
      return backoff.at_least(end.refusal->retry_after);
    case RefusalAction::slow:
      return limits.backoff_maximum + random_duration(limits.backoff_maximum);
    case RefusalAction::deleted:
      return limits.deleted_retry_minimum +
             random_duration(limits.deleted_retry_maximum - limits.deleted_retry_minimum);
    case RefusalAction::back_off:
    case RefusalAction::next_edge:
    case RefusalAction::rejected:
      break;
  }
  return backoff.next(end.served);
}

void Supervisor::report(const ConnectionEnd& end, std::uint32_t slot,
                        const tunnel::EdgeAddress& edge, Duration delay) {
  const std::string address = edge.to_string();
  const bool rejected = end.refusal && end.refusal->action == RefusalAction::rejected;
  // One rejection may be an edge that has not heard of a new tunnel yet.
  const bool loud = rejected && ++rejections_ == context_.limits.rejections_before_warning;
  const LogField fields[] = {{"edge", address},
                             {"slot", slot},
                             {"reason", end.reason},
                             {"served_s", seconds(end.served)},
                             {"retry_s", seconds(delay)}};
  context_.counters.add(end);
  const std::string_view event =
      end.served > Duration::zero() ? "connection_lost" : "connection_failed";
  context_.log.write(loud ? LogLevel::error : LogLevel::warn, event, fields);
}

Task<void> Supervisor::drain(Duration grace) {
  stopping_.set();
  for (EdgeConnection* connection : connections_) {
    if (connection) connection->drain();
  }
  if (connections_serving() == 0) cut();
  const bool drained = co_await drained_within(std::max<Duration>(grace, Duration(1)));
  if (!drained) {
    context_.log.warn("drain_cut_short",
                      {{"requests", active_requests()}, {"grace_s", seconds(grace)}});
    for (EdgeConnection* connection : connections_) {
      if (connection) connection->cut();
    }
    co_await drained_within(closing_time);
  }
  cut();
}

Task<bool> Supervisor::drained_within(Duration limit) {
  Task<Result<void>> waiting = wait_until_drained(slots_);
  const Result<void> drained =
      co_await with_deadline(context_.loop, std::move(waiting), limit, "draining");
  co_return drained.has_value();
}

void Supervisor::cut() {
  slots_.cancel_all();
  std::ranges::fill(connections_, nullptr);
}

std::size_t Supervisor::connections_serving() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      connections_,
      [](const EdgeConnection* connection) { return connection && connection->serving(); }));
}

std::vector<ConnectionFigures> Supervisor::connections() const {
  std::vector<ConnectionFigures> figures;
  for (const EdgeConnection* connection : connections_) {
    ConnectionFigures waiting;
    waiting.slot = static_cast<std::uint32_t>(figures.size());
    figures.push_back(connection ? connection->figures() : waiting);
  }
  return figures;
}

std::size_t Supervisor::active_requests() const {
  std::size_t count = 0;
  for (const EdgeConnection* connection : connections_) {
    if (connection) count += connection->active_requests();
  }
  return count;
}

}  // namespace outhaul::agent
