#pragma once

#include <functional>
#include <memory>
#include <string>

#include "agent/network/target_locator.h"
#include "agent/origins/connector.h"
#include "agent/origins/pool.h"
#include "agent/origins/process_use.h"
#include "agent/relay/failure_response.h"
#include "agent/relay/ingress_routes.h"
#include "agent/relay/service_cache.h"
#include "agent/settings/service_settings.h"
#include "common/async/loop.h"
#include "common/async/task.h"
#include "common/base/access_log.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "common/base/memory_budget.h"
#include "common/base/traffic.h"
#include "common/base/uuid.h"
#include "common/http/replay_body.h"

namespace outhaul::agent {

/// What every relay of this loop uses. Everything referenced outlives the relays.
struct RelayContext {
  Loop& loop;
  Log& log;
  const Limits& limits;
  Uuid tunnel_id;
  TargetLocator& locator;
  OriginDialer& connector;
  OriginPool& pool;
  /// Of the services, by what the operator configured.
  ServiceCache services;
  /// For requests without a descriptor.
  IngressRoutes ingress{};
  /// Clients of the edge can send Tunnel-* fields: a request with one is refused.
  bool refuses_tunnel_fields = false;
  /// Of all loops; never null.
  std::shared_ptr<ProcessUse> process = std::make_shared<ProcessUse>();
  /// Lets the other loops close idle connections to origins, those of this service first, because
  /// a cap is reached; empty: there are no other loops.
  std::function<Task<void>(Uuid service)> make_room{};
  /// For request content that may have to be sent to an HTTP/2 origin again.
  http::ReplayBudget replay_budget{default_limits.replay_total_size};
  /// Out of which each request takes request_memory(); null: without a limit.
  MemoryBudget* memory = nullptr;
  AccessLogRules access_log{};
  TrafficTable traffic{};
  /// What a response without a Proxy-Status of its own gets: the same for all of them.
  std::string proxy_status{own_proxy_status(tunnel_id)};
};

}  // namespace outhaul::agent
