#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/async/scope.h"
#include "common/async/sleep.h"
#include "common/h2/session.h"
#include "common/net/memory_stream.h"
#include "edge/agents/agent_connection.h"
#include "edge/agents/registry.h"
#include "tests/edge/samples.h"

namespace outhaul::edge {

/// An agent's connection at the edge, registered for as long as it lasts, and the agent at the
/// other end of a stream in memory, which takes requests and never answers.
class FakeAgent final : private h2::SessionHandler {
 public:
  struct Options {
    std::string name = "c1";
    Uuid instance = Uuid::random();
    std::uint32_t slot = 0;
    bool websocket = true;
    std::uint32_t streams = 8;
    std::string zone = {};
    std::uint32_t weight = tunnel::session_weight_maximum;
    AgentLimits limits = {};
  };

  FakeAgent(Loop& loop, const Limits& limits, Registry& registry, const Tunnel& tunnel,
            const Options& options)
      : registry_(registry),
        limits_(options.limits),
        pair_(net::MemoryStream::make_pair(loop, {})),
        connection(loop, limits, accepted(tunnel, options), registry, nullptr, limits_),
        session_(loop, *pair_.first, session_options(options), *this),
        tasks_(loop) {
    tasks_.spawn(run_edge());
    agent_ = &tasks_.spawn(run_agent());
  }
  ~FakeAgent() { tasks_.cancel_all(); }
  /// Takes and sends nothing more, like a stopped process whose kernel keeps the connection.
  void freeze() { agent_->cancel_soon(); }

  /// Why the connection ended; empty while it lasts.
  const std::string& end() const { return end_; }

 private:
  static AcceptedAgent accepted(const Tunnel& tunnel, const Options& options) {
    AcceptedAgent agent;
    agent.tunnel_id = tunnel.id;
    agent.key = tunnel.public_keys.front();
    agent.session.instance = options.instance;
    agent.session.connection = options.slot;
    agent.session.zone = options.zone;
    agent.session.weight = options.weight;
    agent.connection_name = options.name;
    return agent;
  }
  static h2::SessionOptions session_options(const Options& options) {
    h2::SessionOptions session;
    session.role = h2::Role::server;
    session.enable_connect_protocol = options.websocket;
    session.max_concurrent_streams = options.streams;
    return session;
  }
  void on_request(std::unique_ptr<h2::Stream> stream) override {
    requests_.push_back(std::move(stream));
  }
  Task<void> run_edge() {
    const AgentEntry entry(registry_, connection);
    end_ = co_await connection.run(*pair_.second);
  }
  Task<void> run_agent() { co_await session_.run(); }

  Registry& registry_;
  AgentLimits limits_;
  net::MemoryStream::Pair pair_;

 public:
  AgentConnection connection;

 private:
  h2::Session session_;
  std::vector<std::unique_ptr<h2::Stream>> requests_;
  std::string end_;
  Scope tasks_;
  Cancellable* agent_ = nullptr;
};

}  // namespace outhaul::edge
