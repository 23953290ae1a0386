#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "agent/connections/edge_connection.h"
#include "agent/connections/ptth_setup.h"
#include "agent/reach/reach_options.h"
#include "common/async/loop.h"
#include "common/async/scope.h"
#include "common/async/task.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "common/base/result.h"
#include "common/net/socket_address.h"
#include "common/tunnel/concealed_key.h"
#include "common/tunnel/token.h"

namespace outhaul::bench {

/// Many connections of an agent in one process, each with the agent's own code: TLS, the setup's
/// signature, SETTINGS and PINGs. They serve no request.
class AgentCrowd final : private agent::RequestServer, private agent::ConnectionObserver {
 public:
  struct Plan {
    tunnel::Token token;
    /// Where the edge of the token listens.
    net::SocketAddress edge;
    std::uint32_t connections = 0;
    /// Set up at a time.
    std::uint32_t parallel = 0;
  };

  /// `loop` and `log` outlive the crowd. Error: the token's pins are not usable.
  static Result<std::unique_ptr<AgentCrowd>> gather(Loop& loop, Log& log, Plan plan);
  ~AgentCrowd();
  AgentCrowd(const AgentCrowd&) = delete;
  AgentCrowd& operator=(const AgentCrowd&) = delete;

  /// Begins to connect. Logs `all_up` with the seconds it took once every connection serves, and
  /// `connection_ended` for each that ends.
  void connect();

 private:
  AgentCrowd(Loop& loop, Log& log, Plan plan, std::shared_ptr<const net::TlsClientContext> tls);

  Task<void> serve(std::string connection, std::unique_ptr<h2::Stream> stream) override;
  bool has_room() const override { return false; }
  void on_connection_changed() override;

  void start_some();
  Task<void> carry(agent::EdgeConnection& connection);

  Loop& loop_;
  Log& log_;
  Plan plan_;
  Limits limits_;
  agent::ReachOptions reach_;
  tunnel::ConcealedKey key_;
  agent::PtthSetup setup_;
  agent::ConnectionContext context_;
  TimePoint began_;
  std::uint32_t serving_ = 0;
  std::deque<agent::EdgeConnection> connections_;
  Scope tasks_;
};

}  // namespace outhaul::bench
