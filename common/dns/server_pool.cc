#include "common/dns/server_pool.h"

#include <algorithm>
#include <utility>

namespace outhaul::dns {

ServerPool::ServerPool(Loop& loop, ServerSettings settings, const Limits& limits)
    : limits_(limits), settings_(std::move(settings)) {
  for (const ServerAddress& address : settings_.servers) {
    servers_.push_back(std::make_unique<Server>(loop, address, settings_.transport, limits));
  }
}

std::vector<Server*> ServerPool::order() {
  std::vector<Server*> servers;
  for (const auto& server : servers_)
    servers.push_back(server.get());
  if (settings_.rotate && !servers.empty()) {
    next_first_ = (next_first_ + 1) % servers.size();
    std::rotate(servers.begin(), servers.begin() + static_cast<std::ptrdiff_t>(next_first_),
                servers.end());
  }
  std::vector<Server*> order;
  for (Server* server : servers) {
    if (!server->suspect()) order.push_back(server);
  }
  for (Server* server : servers) {
    if (server->suspect()) order.push_back(server);
  }
  return order;
}

Duration ServerPool::try_every() const {
  return settings_.try_every.count() > 0 ? settings_.try_every : limits_.try_every;
}

std::uint32_t ServerPool::tries() const {
  return settings_.tries > 0 ? settings_.tries : limits_.tries;
}

}  // namespace outhaul::dns
