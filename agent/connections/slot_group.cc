#include "agent/connections/slot_group.h"

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

SlotGroup::SlotGroup(ConnectionContext& context, SlotOrders orders, SlotNumbers numbers)
    : context_(context),
      numbers_(numbers),
      tasks_(context.loop),
      slot_context_{.connections = context,
                    .director = orders.director,
                    .tasks = tasks_,
                    .instance = orders.instance,
                    .rejections = orders.rejections,
                    .edges = std::move(orders.edges),
                    .changed = [this] { count_serving(); }} {}

void SlotGroup::start() {
  for (std::uint32_t slot = numbers_.first; slot < numbers_.end; slot += numbers_.step) {
    slots_.push_back(std::make_unique<Slot>(slot_context_, slot));
    tasks_.spawn(slots_.back()->run());
  }
}

void SlotGroup::use_edges(std::vector<tunnel::EdgeAddress> edges, bool replace) {
  slot_context_.edges = std::move(edges);
  if (replace) ++slot_context_.credentials;
}

bool SlotGroup::renew_outdated(std::uint32_t slot) {
  const std::size_t place = slot / numbers_.step;
  if (place >= slots_.size() || !slots_[place]->outdated()) return false;
  slots_[place]->renew();
  return true;
}

void SlotGroup::edge_is_back(std::size_t edge) {
  for (const auto& slot : slots_)
    slot->edge_is_back(edge);
}

void SlotGroup::clock_jumped() {
  for (const auto& slot : slots_)
    slot->clock_jumped();
}

Task<void> SlotGroup::drain(Duration grace) {
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

Task<bool> SlotGroup::drained_within(Duration limit) {
  Task<Result<void>> waiting = wait_until_drained(tasks_);
  const Result<void> drained =
      co_await with_deadline(context_.loop, std::move(waiting), limit, "draining");
  co_return drained.has_value();
}

void SlotGroup::cut() {
  tasks_.cancel_all();
  for (const auto& slot : slots_)
    slot->clear();
  count_serving();
}

void SlotGroup::count_serving() {
  const auto serving =
      std::ranges::count_if(slots_, [](const auto& slot) { return slot->serving(); });
  serving_.store(static_cast<std::size_t>(serving), std::memory_order_relaxed);
}

std::vector<ConnectionFigures> SlotGroup::connections() const {
  std::vector<ConnectionFigures> figures;
  for (const auto& slot : slots_)
    figures.push_back(slot->figures());
  return figures;
}

std::size_t SlotGroup::active_requests() const {
  std::size_t count = 0;
  for (const auto& slot : slots_)
    count += slot->active_requests();
  return count;
}

}  // namespace outhaul::agent
