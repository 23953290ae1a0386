#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/async/loop.h"
#include "common/async/readiness.h"
#include "common/async/scope.h"
#include "common/async/task.h"
#include "common/base/limits.h"
#include "common/base/result.h"
#include "common/h2/liveness.h"
#include "common/h2/session.h"
#include "common/net/byte_stream.h"
#include "edge/agents/setup_request.h"
#include "edge/forwarding/tunnel_stream.h"

namespace outhaul::edge {

class AgentConnection;

/// Learns when a connection can or cannot take requests any more.
class ConnectionObserver {
 public:
  virtual void on_usable_changed(AgentConnection& connection) = 0;

 protected:
  ~ConnectionObserver() = default;
};

/// One connection of an agent after its setup: the edge is the HTTP/2 client on it.
///
///   starting (no SETTINGS yet) -> usable -> draining (opens nothing, streams finish) -> ended
///
/// Draining begins with the agent's GOAWAY or with drain(). Silence is answered with a PING, and
/// silence after that ends the connection.
class AgentConnection final : private h2::SessionHandler {
 public:
  /// All references must outlive the connection.
  AgentConnection(Loop& loop, const Limits& limits, AcceptedAgent agent,
                  ConnectionObserver& observer);
  ~AgentConnection();
  AgentConnection(const AgentConnection&) = delete;
  AgentConnection& operator=(const AgentConnection&) = delete;

  /// Serves until the end and says why it ended. Once; both references outlive the task.
  Task<std::string> run(net::ByteStream& stream);

  const AcceptedAgent& agent() const { return agent_; }
  const std::string& name() const { return agent_.connection_name; }
  bool usable() const { return usable_; }
  /// Requests that it carries.
  std::size_t outstanding() const;
  std::size_t room() const;
  /// When the agent was heard of last; only while there is room.
  TimePoint last_received() const { return session_->last_received(); }

  /// Error: closed or limit, as h2::Session::open has them.
  Result<std::unique_ptr<TunnelStream>> open(const http::RequestHead& head, bool has_body);

  /// Time has passed in which this process did not run: asks the agent for life at once.
  void clock_jumped();

  /// Opens nothing more; run() ends when the requests under way are done, or the grace period is
  /// over. `reason` is what run() says then.
  void drain(std::string reason);
  /// Ends run() at once; requests under way fail.
  void cut(std::string reason);

 private:
  void on_request(std::unique_ptr<h2::Stream> stream) override;
  void on_ready() override;
  void on_go_away() override;

  void set_usable(bool usable);
  Task<void> watch();
  Task<void> finish_drain(std::string reason);

  Loop& loop_;
  const Limits& limits_;
  AcceptedAgent agent_;
  ConnectionObserver& observer_;
  Readiness ready_;
  std::unique_ptr<h2::Session> session_;
  std::unique_ptr<h2::Liveness> liveness_;
  Scope watchers_;
  bool usable_ = false;
  bool draining_ = false;
};

}  // namespace outhaul::edge
