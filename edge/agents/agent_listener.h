#pragma once

#include <cstddef>
#include <memory>

#include "common/async/loop.h"
#include "common/async/scope.h"
#include "common/async/task.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "common/net/listener.h"
#include "common/net/tls_stream.h"
#include "edge/agents/agent_limits.h"
#include "edge/agents/ptth_accept.h"
#include "edge/agents/registry.h"
#include "edge/identity/identity.h"

namespace outhaul::edge {

/// What every agent listener of a loop shares. All references outlive the listeners.
struct AgentContext {
  Loop& loop;
  Log& log;
  const Limits& limits;
  const Identity& identity;
  const SetupRules& rules;
  SnapshotSource snapshot;
  Registry& registry;
  AgentLimits agent_limits = {};
  /// For windows that grow; null: they do not.
  MemoryBudget* memory = nullptr;
  /// See AgentLimits::half_open.
  std::size_t half_open = 0;
};

class HalfOpen;

/// Options of the sockets that agents connect to.
net::ListenOptions agent_listen_options(const Limits& limits);

/// Takes connections of agents: TLS 1.3, profile `ptth`, then HTTP/2 until the end.
class AgentListener {
 public:
  AgentListener(AgentContext& context, std::unique_ptr<net::Listener> listener);

  void start();
  /// Takes no more connections and forgets those that are half open; agents stay connected.
  void stop();
  /// `co_await listener.drained()`: until the last agent's connection is gone.
  Readiness::Awaiter drained() { return connections_.drained(); }

 private:
  Task<void> accept_all();
  Task<void> serve(std::unique_ptr<net::TcpStream> tcp, std::unique_ptr<HalfOpen> half_open);
  Task<Result<AcceptedAgent>> set_up(net::TlsStream& stream);
  Task<void> serve_agent(net::TlsStream& stream, AcceptedAgent agent, std::string address);
  /// A connection that takes no requests (`probe` of Tunnel-Session); the registry never knows it.
  Task<void> serve_probe(net::TlsStream& stream, AcceptedAgent agent, std::string address);
  Task<void> close_politely(net::TlsStream& stream);

  AgentContext& context_;
  std::unique_ptr<net::Listener> listener_;
  Scope accepting_;
  Scope connections_;
  bool stopped_ = false;
};

}  // namespace outhaul::edge
