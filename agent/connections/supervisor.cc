#include "agent/connections/supervisor.h"

#include <utility>

namespace outhaul::agent {

Supervisor::Supervisor(Loop& loop, Log& log, dns::Resolver& resolver, const ReachOptions& reach,
                       std::vector<tunnel::EdgeAddress> edges, EdgeTrust trust, Listeners listeners)
    : loop_(loop),
      log_(log),
      edges_(resolver, std::move(edges),
             {.reach = reach, .trust = trust, .found = std::move(listeners.addresses)}),
      deleted_(std::move(listeners.deleted)),
      instance_(Uuid::random()) {}

SlotOrders Supervisor::orders(SlotDirector& director) {
  return {.director = director,
          .rejections = rejections_,
          .instance = instance_,
          .edges = edges_.edges()};
}

void Supervisor::manage(std::vector<SlotGroup*> groups, std::uint32_t slots) {
  groups_ = std::move(groups);
  slots_ = slots;
}

void Supervisor::use_edges(std::vector<tunnel::EdgeAddress> edges, bool replace) {
  edges_.set_edges(std::move(edges));
  if (replace) pass_turn(0);
}

void Supervisor::pass_turn(std::uint32_t slot) {
  for (; slot < slots_; ++slot) {
    SlotGroup& group = *groups_[slot % groups_.size()];
    if (&group.loop() == &loop_) {
      if (group.renew_outdated(slot)) return;
      continue;
    }
    group.loop().post([this, &group, slot] {
      if (!group.renew_outdated(slot)) loop_.post([this, slot] { pass_turn(slot + 1); });
    });
    return;
  }
}

Task<Result<std::vector<EdgeRoute>>> Supervisor::find(std::size_t edge, std::uint32_t slot,
                                                      PortChoice choice) {
  return edges_.find(edge, slot, choice);
}

void Supervisor::failed(std::uint32_t slot, tunnel::EdgeAddress target) {
  edges_.failed(slot, target);
}

void Supervisor::reached(std::size_t edge, std::uint32_t slot, tunnel::EdgeAddress target) {
  if (edges_.served(edge, slot, target)) {
    log_.warn("edge_port_changed",
              {{"edge", edges_.edge(edge).to_string()}, {"slot", slot}, {"port", target.port}});
  }
  for (SlotGroup* const group : groups_) {
    if (&group->loop() == &loop_) {
      group->edge_is_back(edge);
    } else {
      group->loop().post([group, edge] { group->edge_is_back(edge); });
    }
  }
  pass_turn(0);
}

void Supervisor::deleted() {
  if (deleted_) deleted_();
}

std::size_t Supervisor::connections_serving() const {
  std::size_t count = 0;
  for (const SlotGroup* const group : groups_)
    count += group->connections_serving();
  return count;
}

}  // namespace outhaul::agent
