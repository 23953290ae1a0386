#include "agent/connections/supervisor.h"

#include <algorithm>
#include <utility>

#include "common/async/combinators.h"

namespace outhaul::agent {

namespace {

/// For what a cut drain still has to say to the edges: resets, GOAWAY, close_notify.
constexpr std::chrono::seconds closing_time{2};

Task<Result<void>> wait_until_drained(Scope& scope) {
  co_await scope.drained();
  co_return Result<void>();
}

}  // namespace

Supervisor::Supervisor(ConnectionContext& context, dns::Resolver& resolver,
                       std::vector<tunnel::EdgeAddress> edges, EdgeTrust trust, Listeners listeners)
    : context_(context),
      edges_(resolver, std::move(edges),
             {.reach = context.reach, .trust = trust, .found = std::move(listeners.addresses)}),
      tasks_(context.loop),
      slot_context_{.connections = context,
                    .edges = edges_,
                    .tasks = tasks_,
                    .instance = Uuid::random(),
                    .reached =
                        [this](std::size_t edge) {
                          for (const auto& slot : slots_)
                            slot->edge_is_back(edge);
                        },
                    .deleted = std::move(listeners.deleted),
                    .adopted = [this] { pass_turn(); }} {}

void Supervisor::start() {
  for (std::uint32_t index = 0; index < context_.limits.connections_per_agent; ++index) {
    slots_.push_back(std::make_unique<Slot>(slot_context_, index));
    tasks_.spawn(slots_.back()->run());
  }
}

void Supervisor::use_edges(std::vector<tunnel::EdgeAddress> edges, bool replace) {
  edges_.set_edges(std::move(edges));
  if (!replace) return;
  ++slot_context_.credentials;
  pass_turn();
}

void Supervisor::pass_turn() {
  const auto next = std::ranges::find_if(slots_, [](const auto& slot) { return slot->outdated(); });
  if (next != slots_.end()) (*next)->renew();
}

void Supervisor::clock_jumped() {
  for (const auto& slot : slots_)
    slot->clock_jumped();
}

Task<void> Supervisor::drain(Duration grace) {
  for (const auto& slot : slots_)
    slot->drain();
  if (connections_serving() == 0) cut();
  const bool drained = co_await drained_within(std::max<Duration>(grace, Duration(1)));
  if (!drained) {
    context_.log.warn("drain_cut_short",
                      {{"requests", active_requests()},
                       {"grace_s", std::chrono::duration<double>(grace).count()}});
    for (const auto& slot : slots_)
      slot->cut();
    co_await drained_within(closing_time);
  }
  cut();
}

Task<bool> Supervisor::drained_within(Duration limit) {
  Task<Result<void>> waiting = wait_until_drained(tasks_);
  const Result<void> drained =
      co_await with_deadline(context_.loop, std::move(waiting), limit, "draining");
  co_return drained.has_value();
}

void Supervisor::cut() {
  tasks_.cancel_all();
  for (const auto& slot : slots_)
    slot->clear();
}

std::size_t Supervisor::connections_serving() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(slots_, [](const auto& slot) { return slot->serving(); }));
}

std::vector<ConnectionFigures> Supervisor::connections() const {
  std::vector<ConnectionFigures> figures;
  for (const auto& slot : slots_)
    figures.push_back(slot->figures());
  return figures;
}

std::size_t Supervisor::active_requests() const {
  std::size_t count = 0;
  for (const auto& slot : slots_)
    count += slot->active_requests();
  return count;
}

}  // namespace outhaul::agent
