#include "edge/agents/registry.h"

#include <algorithm>
#include <iterator>
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
    return "the agent's key was revoked";
  }
  return {};
}

}  // namespace

Registry::Network& Registry::network(const Uuid& tunnel) {
  return networks_.try_emplace(tunnel, loop_).first->second;
}

bool Registry::has_usable(const Network& network) {
  return std::ranges::any_of(network.connections,
                             [](const Network::Member& each) { return each.connection->usable(); });
}

bool Registry::preferred(const Network::Member& one, const Network::Member& other) {
  const AgentConnection& left = *one.connection;
  const AgentConnection& right = *other.connection;
  if (left.suspect() != right.suspect()) return right.suspect();
  if (one.far != other.far) return other.far;
  // With the request at hand, so that weights count for idle connections, too.
  return (left.outstanding() + 1) * other.weight < (right.outstanding() + 1) * one.weight;
}

/// Where one connection was lost others may be dead as well, and nobody knows it yet: then the one
/// that was heard of last is the best.
bool Registry::better(const Network::Member& one, const Network::Member& other, bool after_loss) {
  if (after_loss) return one.connection->last_received() > other.connection->last_received();
  return preferred(one, other);
}

AgentConnection* Registry::choose(Network& network, std::string_view avoid) {
  const Network::Member* best = nullptr;
  AgentConnection* avoided = nullptr;
  const std::size_t count = network.connections.size();
  if (network.turn >= count) network.turn = 0;
  std::size_t at = network.turn++;
  for (std::size_t i = 0; i < count; ++i) {
    const Network::Member& each = network.connections[at];
    if (++at == count) at = 0;
    if (each.connection->room() == 0) continue;
    if (!avoid.empty() && each.connection->name() == avoid) {
      avoided = each.connection;
    } else if (best == nullptr || better(each, *best, !avoid.empty())) {
      best = &each;
    }
  }
  return best ? best->connection : avoided;
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

void Registry::on_suspect_changed(AgentConnection& connection) {
  const tunnel::SessionRequest& session = connection.agent().session;
  if (log_ != nullptr) {
    log_->warn("agent_suspect", {{"tunnel", connection.agent().tunnel_id.to_string()},
                                 {"connection", connection.name()},
                                 {"instance", session.instance.to_string()},
                                 {"suspect", connection.suspect()},
                                 {"requests", connection.outstanding()}});
  }
  if (!connection.suspect()) return;
  for (const Network::Member& each : network(connection.agent().tunnel_id).connections) {
    if (each.connection->agent().session.instance == session.instance) each.connection->probe();
  }
}

void Registry::add(AgentConnection& connection) {
  Network& network = this->network(connection.agent().tunnel_id);
  const tunnel::SessionRequest& session = connection.agent().session;
  for (const Network::Member& other : network.connections) {
    const tunnel::SessionRequest& held = other.connection->agent().session;
    if (held.instance == session.instance && held.connection == session.connection) {
      other.connection->drain("the agent replaced the connection");
    }
  }
  const bool far = !zone_.empty() && session.zone != zone_;
  network.connections.push_back({&connection, far, session.weight});
  on_usable_changed(connection);
}

void Registry::remove(AgentConnection& connection) {
  Network& network = this->network(connection.agent().tunnel_id);
  std::erase_if(network.connections, [&connection](const Network::Member& each) {
    return each.connection == &connection;
  });
  on_usable_changed(connection);
}

void Registry::enforce(const Snapshot& snapshot) {
  for (const auto& [tunnel, network] : networks_) {
    for (const Network::Member& each : network.connections) {
      if (std::string reason = no_longer_welcome(*each.connection, snapshot); !reason.empty()) {
        each.connection->cut(std::move(reason));
      }
    }
  }
}

void Registry::clock_jumped() {
  for (const auto& [tunnel, network] : networks_) {
    for (const Network::Member& each : network.connections)
      each.connection->clock_jumped();
  }
}

void Registry::drain_all(const std::string& reason) {
  for (const auto& [tunnel, network] : networks_) {
    for (const Network::Member& each : network.connections)
      each.connection->drain(reason, limits_.grace_period);
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
    for (const Replica& each : replicas_of(tunnel, network)) {
      ++figures.replicas;
      figures.connections += each.connections;
      figures.usable += each.usable;
      figures.suspect += each.suspect;
      figures.requests += each.requests;
    }
    all.push_back(figures);
  }
  return all;
}

std::vector<Registry::Replica> Registry::replicas_of(const Uuid& tunnel, const Network& network) {
  std::vector<Replica> replicas;
  for (const Network::Member& member : network.connections) {
    const AgentConnection& each = *member.connection;
    const tunnel::SessionRequest& session = each.agent().session;
    auto replica = std::ranges::find(replicas, session.instance, &Replica::instance);
    if (replica == replicas.end()) {
      replicas.push_back({.tunnel = tunnel,
                          .instance = session.instance,
                          .version = session.software_version,
                          .zone = session.zone,
                          .weight = session.weight});
      replica = std::prev(replicas.end());
    }
    ++replica->connections;
    replica->usable += each.usable() ? 1U : 0U;
    replica->suspect += each.suspect() ? 1U : 0U;
    replica->draining += each.draining() ? 1U : 0U;
    replica->requests += each.outstanding();
  }
  return replicas;
}

std::vector<Registry::Replica> Registry::replicas() const {
  std::vector<Replica> all;
  for (const auto& [tunnel, network] : networks_) {
    for (Replica& each : replicas_of(tunnel, network))
      all.push_back(std::move(each));
  }
  return all;
}

std::size_t Registry::connections_of_key(const Uuid& tunnel, const PublicKey& key) const {
  const auto found = networks_.find(tunnel);
  if (found == networks_.end()) return 0;
  return static_cast<std::size_t>(std::ranges::count_if(
      found->second.connections,
      [&key](const Network::Member& each) { return each.connection->agent().key == key; }));
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
  for (const Network::Member& each : found->second.connections) {
    if (each.connection->usable()) names.push_back(each.connection->name());
  }
  return names;
}

Result<std::unique_ptr<TunnelStream>> Registry::open_on(const Uuid& tunnel,
                                                        std::string_view connection,
                                                        const http::RequestHead& head,
                                                        bool has_body) {
  const auto found = networks_.find(tunnel);
  if (found != networks_.end()) {
    for (const Network::Member& each : found->second.connections) {
      AgentConnection& candidate = *each.connection;
      if (candidate.usable() && candidate.name() == connection) {
        return candidate.open(head, has_body);
      }
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
        network.connections, [](const Network::Member& each) { return each.connection->usable(); });
    if (usable == 0) continue;
    if (text.size() > 1) text += ",";
    text += "\"" + tunnel.to_string() + "\":" + std::to_string(usable);
  }
  return text + "}";
}

}  // namespace outhaul::edge
