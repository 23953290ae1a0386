#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/async/loop.h"
#include "common/async/readiness.h"
#include "common/async/scope.h"
#include "common/async/task.h"
#include "common/async/timer.h"
#include "common/base/limits.h"
#include "common/base/memory_budget.h"
#include "common/base/result.h"
#include "common/h2/liveness.h"
#include "common/h2/session.h"
#include "common/net/byte_stream.h"
#include "edge/agents/agent_limits.h"
#include "edge/agents/setup_request.h"
#include "edge/forwarding/tunnel_stream.h"

namespace outhaul::edge {

class AgentConnection;

/// Learns when a connection can or cannot take requests any more.
class ConnectionObserver {
 public:
  virtual void on_usable_changed(AgentConnection& connection) = 0;
  /// It became suspect, or is not any more.
  virtual void on_suspect_changed(AgentConnection& connection) = 0;

 protected:
  ~ConnectionObserver() = default;
};

/// One connection of an agent after its setup: the edge is the HTTP/2 client on it.
///
///   starting (no SETTINGS yet) -> usable -> draining (opens nothing, streams finish) -> ended
///
/// Draining begins with the agent's GOAWAY or with drain(). Silence is answered with a PING, and
/// silence after that ends the connection.
///
/// Long before that, a connection that does not react to a request becomes *suspect*: after
/// AgentLimits::suspect_quiet without a byte it is sent a PING, and without an answer within
/// AgentLimits::suspect_answer others are preferred to it.
class AgentConnection final : private h2::SessionHandler {
 public:
  /// All references, and `memory` (h2::SessionOptions::memory), must outlive the connection.
  AgentConnection(Loop& loop, const Limits& limits, AcceptedAgent agent,
                  ConnectionObserver& observer, MemoryBudget* memory = nullptr,
                  const AgentLimits& agent_limits = default_agent_limits);
  ~AgentConnection();
  AgentConnection(const AgentConnection&) = delete;
  AgentConnection& operator=(const AgentConnection&) = delete;

  /// Serves until the end and says why it ended. Once; both references outlive the task.
  Task<std::string> run(net::ByteStream& stream);

  const AcceptedAgent& agent() const { return agent_; }
  const std::string& name() const { return agent_.connection_name; }
  bool usable() const { return usable_; }
  bool draining() const { return draining_; }
  /// A request was sent and nothing came back, not even the answer to a PING: it may be frozen, or
  /// the way to it. Ends with the first byte that arrives.
  bool suspect() const { return suspect_; }
  /// Asks for a sign of life unless one came just now. For a connection whose neighbour is suspect.
  void probe();
  /// Requests that it carries.
  std::size_t outstanding() const;
  std::size_t room() const;
  /// When the agent was heard of last; only while there is room.
  TimePoint last_received() const { return session_->last_received(); }

  /// Error: closed or limit, as h2::Session::open has them.
  Result<std::unique_ptr<TunnelStream>> open(const http::RequestHead& head, bool has_body);

  /// Time has passed in which this process did not run: asks the agent for life at once.
  void clock_jumped();

  /// Opens nothing more; run() ends when the requests under way are done, or `limit` is over.
  /// Without a limit it is the agent's matter how long they may take: it knows whether it ends, or
  /// has another connection beside. `reason` is what run() says then.
  void drain(std::string reason, std::optional<Duration> limit = std::nullopt);
  /// Ends run() at once; requests under way fail.
  void cut(std::string reason);

 private:
  void on_request(std::unique_ptr<h2::Stream> stream) override;
  void on_ready() override;
  void on_go_away() override;

  /// Waits for signs of life while requests are under way; idle connections are left in peace, and
  /// a request costs a look at a flag.
  class Probe final : public Timer {
   public:
    explicit Probe(AgentConnection& connection) : connection_(connection) {}

   private:
    void expired() override { connection_.look_for_life(); }
    AgentConnection& connection_;
  };

  void look_for_life();
  /// Expects a byte within this time.
  void wait_for_life(Duration quiet);
  void set_usable(bool usable);
  Task<void> watch();
  Task<void> finish_drain(std::string reason, std::optional<Duration> limit);

  Loop& loop_;
  const Limits& limits_;
  AcceptedAgent agent_;
  ConnectionObserver& observer_;
  MemoryBudget* memory_;
  const AgentLimits& agent_limits_;
  Readiness ready_;
  std::unique_ptr<h2::Session> session_;
  std::unique_ptr<h2::Liveness> liveness_;
  Scope watchers_;
  Probe probe_{*this};
  /// What arrived later is a sign of life.
  TimePoint probed_since_{};
  /// How long it may be quiet; grows while requests are under way and only PINGs are answered.
  Duration quiet_{};
  /// A PING was sent for the probe.
  bool probe_asked_ = false;
  bool suspect_ = false;
  bool usable_ = false;
  bool draining_ = false;
};

}  // namespace outhaul::edge
