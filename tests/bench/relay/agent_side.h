#pragma once

#include <memory>
#include <string>

#include "agent/network/target_locator.h"
#include "agent/origins/connector.h"
#include "agent/origins/pool.h"
#include "agent/policy/current_policy.h"
#include "agent/relay/relay_context.h"
#include "agent/relay/relay_server.h"
#include "common/async/loop.h"
#include "common/async/scope.h"
#include "common/base/log.h"
#include "common/dns/resolver.h"
#include "common/h2/session.h"
#include "common/net/byte_stream.h"

namespace outhaul::bench {

/// The agent from the HTTP/2 session of one edge connection to its origin connections, all real but
/// for the transports: what EdgeConnection and Agent put together, without TLS and set-up.
class AgentSide final : private h2::SessionHandler {
 public:
  /// All must outlive this.
  AgentSide(Loop& loop, net::ByteStream& transport, agent::OriginDialer& origins);
  ~AgentSide();

  void start();
  /// The descriptor of a service that this agent serves.
  std::string descriptor() const;

 private:
  void on_request(std::unique_ptr<h2::Stream> stream) override;
  Task<void> serve();

  class NoLog final : public LogSink {
   public:
    LogStyle style() const override { return LogStyle::json; }
    void write(LogLevel, std::string_view) override {}
  };

  Uuid tunnel_id_;
  NoLog sink_;
  Log log_{sink_, LogLevel::warn};
  agent::CurrentPolicy policy_;
  dns::Resolver resolver_;
  agent::TargetLocator locator_;
  agent::OriginPool pool_;
  MemoryBudget memory_{default_limits.memory_budget};
  agent::RelayContext context_;
  agent::RelayServer server_;
  h2::Session session_;
  Scope requests_;
  Scope serving_;
};

}  // namespace outhaul::bench
