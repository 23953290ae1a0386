#include "edge/agents/registry.h"

#include <algorithm>
#include <utility>

#include "common/async/timed_wait.h"

namespace outhaul::edge {

namespace {

/// Counts a request that waits, for as long as it does.
class Waiting {
 public:
  explicit Waiting(std::size_t& count) : count_(count) { ++count_; }
  ~Waiting() { --count_; }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  std::size_t& count_;
};

std::string no_longer_welcome(const AgentConnection& connection, const Snapshot& snapshot) {
  const Tunnel* tunnel = snapshot.tunnel(connection.agent().tunnel_id);
  if (!tunnel || tunnel->deleted_at) return "the tunnel was deleted";
  if (tunnel->disabled) return "the tunnel was disabled";
  const auto& keys = tunnel->public_keys;
  if (std::ranges::find(keys, connection.agent().key) == keys.end()) {
    return "the agent's key was replaced";
  }
  return {};
}

}  // namespace

Registry::Network& Registry::network(const Uuid& tunnel) {
  return networks_.try_emplace(tunnel, loop_).first->second;
}

bool Registry::has_usable(const Network& network) {
  return std::ranges::any_of(network.connections,
                             [](const AgentConnection* each) { return each->usable(); });
}

/// Where one connection was lost others may be dead as well, and nobody knows it yet: then the one
/// that was heard of last is the best, else the one with the fewest requests.
bool Registry::better(const AgentConnection& one, const AgentConnection& other, bool after_loss) {
  if (after_loss) return one.last_received() > other.last_received();
  return one.outstanding() < other.outstanding();
}

AgentConnection* Registry::choose(const Network& network, std::string_view avoid) {
  AgentConnection* best = nullptr;
  AgentConnection* avoided = nullptr;
  for (AgentConnection* each : network.connections) {
    if (each->room() == 0) continue;
    if (!avoid.empty() && each->name() == avoid) {
      avoided = each;
    } else if (best == nullptr || better(*each, *best, !avoid.empty())) {
      best = each;
    }
  }
  return best ? best : avoided;
}

Result<std::unique_ptr<TunnelStream>> Registry::open(const Uuid& tunnel,
                                                     const http::RequestHead& head, bool has_body,
                                                     std::string_view avoid) {
  const auto found = networks_.find(tunnel);
  if (found == networks_.end() || !has_usable(found->second)) {
    return Error{ErrorKind::not_found, "no agent of the tunnel is connected"};
  }
  AgentConnection* connection = choose(found->second, avoid);
  if (connection == nullptr) {
    return Error{ErrorKind::limit, "all connections of the tunnel's agents are full"};
  }
  return connection->open(head, has_body);
}

Task<bool> Registry::wait_for_connection(Uuid tunnel, Duration limit) {
  Network& network = this->network(tunnel);
  if (has_usable(network)) co_return true;
  if (network.waiting >= limits_.held_requests_per_tunnel) co_return false;
  const Waiting waiting(network.waiting);
  const TimePoint deadline = loop_.now() + limit;
  for (;;) {
    const Duration left = deadline - loop_.now();
    if (left <= Duration::zero()) co_return false;
    co_await wait_for(loop_, network.usable, left);
    if (has_usable(network)) co_return true;
  }
}

void Registry::on_usable_changed(AgentConnection& connection) {
  Network& network = this->network(connection.agent().tunnel_id);
  if (has_usable(network)) {
    network.usable.set();
  } else {
    network.usable.clear();
  }
}

void Registry::add(AgentConnection& connection) {
  Network& network = this->network(connection.agent().tunnel_id);
  const tunnel::SessionRequest& session = connection.agent().session;
  for (AgentConnection* other : network.connections) {
    const tunnel::SessionRequest& held = other->agent().session;
    if (held.instance == session.instance && held.connection == session.connection) {
      other->drain("the agent replaced the connection");
    }
  }
  network.connections.push_back(&connection);
  on_usable_changed(connection);
}

void Registry::remove(AgentConnection& connection) {
  Network& network = this->network(connection.agent().tunnel_id);
  std::erase(network.connections, &connection);
  on_usable_changed(connection);
}

void Registry::enforce(const Snapshot& snapshot) {
  for (const auto& [tunnel, network] : networks_) {
    for (AgentConnection* each : network.connections) {
      if (std::string reason = no_longer_welcome(*each, snapshot); !reason.empty()) {
        each->cut(std::move(reason));
      }
    }
  }
}

void Registry::clock_jumped() {
  for (const auto& [tunnel, network] : networks_) {
    for (AgentConnection* each : network.connections)
      each->clock_jumped();
  }
}

void Registry::drain_all(const std::string& reason) {
  for (const auto& [tunnel, network] : networks_) {
    for (AgentConnection* each : network.connections)
      each->drain(reason);
  }
}

std::size_t Registry::connections() const {
  std::size_t count = 0;
  for (const auto& [tunnel, network] : networks_)
    count += network.connections.size();
  return count;
}

std::vector<Registry::TunnelFigures> Registry::figures() const {
  std::vector<TunnelFigures> all;
  for (const auto& [tunnel, network] : networks_) {
    TunnelFigures figures{.tunnel = tunnel, .held = network.waiting};
    for (const AgentConnection* each : network.connections) {
      ++figures.connections;
      figures.usable += each->usable() ? 1U : 0U;
      figures.requests += each->outstanding();
    }
    all.push_back(figures);
  }
  return all;
}

std::vector<Uuid> Registry::tunnels() const {
  std::vector<Uuid> found;
  for (const auto& [tunnel, network] : networks_) {
    if (has_usable(network)) found.push_back(tunnel);
  }
  return found;
}

std::vector<std::string> Registry::usable_connections(const Uuid& tunnel) const {
  std::vector<std::string> names;
  const auto found = networks_.find(tunnel);
  if (found == networks_.end()) return names;
  for (const AgentConnection* each : found->second.connections) {
    if (each->usable()) names.push_back(each->name());
  }
  return names;
}

Result<std::unique_ptr<TunnelStream>> Registry::open_on(const Uuid& tunnel,
                                                        std::string_view connection,
                                                        const http::RequestHead& head,
                                                        bool has_body) {
  const auto found = networks_.find(tunnel);
  if (found != networks_.end()) {
    for (AgentConnection* each : found->second.connections) {
      if (each->usable() && each->name() == connection) return each->open(head, has_body);
    }
  }
  return Error{ErrorKind::not_found, "the connection is gone"};
}

std::size_t Registry::connections(const Uuid& tunnel) const {
  const auto found = networks_.find(tunnel);
  return found == networks_.end() ? 0 : found->second.connections.size();
}

std::string Registry::to_json() const {
  std::string text = "{";
  for (const auto& [tunnel, network] : networks_) {
    const auto usable = std::ranges::count_if(
        network.connections, [](const AgentConnection* each) { return each->usable(); });
    if (usable == 0) continue;
    if (text.size() > 1) text += ",";
    text += "\"" + tunnel.to_string() + "\":" + std::to_string(usable);
  }
  return text + "}";
}

}  // namespace outhaul::edge
