#include "tests/bench/idle/agent_crowd.h"

#include <chrono>
#include <utility>

#include "agent/connections/edge_tls.h"
#include "agent/options.h"
#include "common/tunnel/ptth_names.h"

namespace outhaul::bench {

Result<std::unique_ptr<AgentCrowd>> AgentCrowd::gather(Loop& loop, Log& log, Plan plan) {
  agent::AgentOptions options;
  options.token.pins = plan.token.pins;
  OUTHAUL_TRY(tls, agent::edge_tls(options, tunnel::ptth_tls_alpn));
  return std::unique_ptr<AgentCrowd>(new AgentCrowd(loop, log, std::move(plan), std::move(tls)));
}

AgentCrowd::AgentCrowd(Loop& loop, Log& log, Plan plan,
                       std::shared_ptr<const net::TlsClientContext> tls)
    : loop_(loop),
      log_(log),
      plan_(std::move(plan)),
      key_(tunnel::ConcealedKey::derive(plan_.token.tunnel_id, plan_.token.secret)),
      setup_(loop, plan_.token.tunnel_id, key_, limits_),
      context_{.loop = loop,
               .log = log,
               .limits = limits_,
               .setup = setup_,
               .server = *this,
               .tls = std::move(tls),
               .reach = reach_,
               .proxy_tls = nullptr},
      tasks_(loop) {
  limits_.connections_per_agent = 1;
}

AgentCrowd::~AgentCrowd() {
  tasks_.cancel_all();
}

void AgentCrowd::connect() {
  began_ = LoopClock::now();
  start_some();
}

void AgentCrowd::start_some() {
  agent::ConnectionObserver& observer = *this;
  while (connections_.size() < plan_.connections &&
         connections_.size() < serving_ + plan_.parallel) {
    agent::EdgeConnection& connection =
        connections_.emplace_back(context_, plan_.token.edges.front(), Uuid::random(), 0, observer);
    tasks_.spawn(carry(connection));
  }
}

Task<void> AgentCrowd::carry(agent::EdgeConnection& connection) {
  agent::EdgeRoute route;
  route.edge = plan_.token.edges.front();
  route.target = route.edge;
  route.addresses.push_back(plan_.edge);
  std::vector<agent::EdgeRoute> routes;
  routes.push_back(std::move(route));
  const agent::ConnectionEnd end = co_await connection.run(std::move(routes));
  log_.error("connection_ended", {{"reason", end.reason}});
}

void AgentCrowd::on_connection_changed() {
  // Each tells once that it serves; what an edge asks for later does not come up in a benchmark.
  if (++serving_ == plan_.connections) {
    const std::chrono::duration<double> took = LoopClock::now() - began_;
    log_.warn("all_up", {{"connections", serving_}, {"seconds", took.count()}});
    return;
  }
  start_some();
}

Task<void> AgentCrowd::serve(std::string connection, std::unique_ptr<h2::Stream> stream) {
  (void)connection;
  (void)stream;
  co_return;
}

}  // namespace outhaul::bench
