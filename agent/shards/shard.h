#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "agent/connections/profile.h"
#include "agent/connections/remote_director.h"
#include "agent/connections/slot_group.h"
#include "agent/connections/supervisor.h"
#include "agent/network/address_memory.h"
#include "agent/network/address_prober.h"
#include "agent/network/target_locator.h"
#include "agent/options.h"
#include "agent/origins/connector.h"
#include "agent/origins/pool.h"
#include "agent/origins/process_use.h"
#include "agent/policy/current_policy.h"
#include "agent/relay/relay_context.h"
#include "agent/relay/relay_server.h"
#include "agent/status/agent_figures.h"
#include "common/async/clock_jumps.h"
#include "common/async/loop.h"
#include "common/async/scope.h"
#include "common/async/task.h"
#include "common/base/log.h"
#include "common/base/memory_budget.h"
#include "common/dns/lookups.h"
#include "common/dns/remote_lookups.h"
#include "common/net/expiry_watch.h"
#include "common/net/tls_context.h"

namespace outhaul::agent {

/// What all shards of a process use. From any thread; outlives them.
struct SharedParts {
  Log& log;
  const AgentOptions& options;
  MemoryBudget& memory;
  net::ExpiryWatch& expiries;
  std::shared_ptr<ProcessUse> use;
  std::shared_ptr<const net::TlsClientContext> tls;
  /// For an https proxy; else null.
  std::shared_ptr<const net::TlsClientContext> proxy_tls;
};

/// What there is once, on the agent's own loop. Shards of other loops reach it by post. Outlives
/// the shards.
struct HomeParts {
  Loop& loop;
  /// For what other loops ask for.
  Scope& tasks;
  dns::Lookups& resolver;
  Supervisor& supervisor;
};

/// What a reload of the configuration changes for requests that come from now on.
struct ServingRules {
  Policy policy;
  std::shared_ptr<const ServiceSettingsTable> services;
  IngressTable ingress;
  AccessLogRules access_log;
};

/// What connections to edges are made with from now on. Each shard gets its own.
struct EdgeCredentials {
  std::vector<tunnel::EdgeAddress> edges;
  std::shared_ptr<const net::TlsClientContext> tls;
  /// None in a profile without a secret.
  std::optional<tunnel::ConcealedKey> key;
  /// The connections there are are outdated.
  bool replace = false;
};

/// One loop's share of the agent: some of its slots, and everything that the requests of their
/// connections need, origin pool included. Shards share nothing on the way of a request but
/// counters (ProcessUse, MemoryBudget).
///
/// Made and destroyed by the agent's thread while the loop does not run; in between it belongs to
/// the loop's thread, and other threads post. So a shard may be named in what is posted to any
/// loop of the agent: none of them runs any more when it is destroyed.
class Shard {
 public:
  /// `loop` outlives the shard, and so does what `shared.options` refers to.
  Shard(Loop& loop, const SharedParts& shared, const HomeParts& home, SlotNumbers numbers);
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  Loop& loop() const { return loop_; }
  SlotGroup& slots() { return slots_; }
  /// For what other loops call here (loop_call.h).
  Scope& tasks() { return tasks_; }
  /// The other shards, before the first loop runs. They are asked to close idle connections to
  /// origins when a cap is reached.
  void set_neighbours(std::vector<Shard*> neighbours);

  void configure(const ServingRules& rules);
  /// As Policy::set_protected().
  void protect(std::vector<ListenEndpoint> listeners, std::vector<IpAddress> edges);
  void use_credentials(EdgeCredentials credentials);
  /// Closes idle connections to origins, which were made as somebody else.
  void forget_origin_identities();
  /// Takes no more requests, finishes those under way within `grace`, and closes all connections.
  /// Returns true.
  Task<bool> drain(Duration grace);
  LoopFigures figures() const;

 private:
  Task<void> make_room(Uuid service);

  Loop& loop_;
  std::optional<dns::RemoteLookups> remote_lookups_;
  std::optional<RemoteDirector> remote_director_;
  CurrentPolicy policy_;
  AddressMemory address_memory_;
  AddressProber prober_;
  TargetLocator locator_;
  OriginConnector connector_;
  OriginPool pool_;
  RelayContext relay_context_;
  RelayServer server_;
  Profile profile_;
  ConnectionContext connection_context_;
  SlotGroup slots_;
  ClockJumps clock_jumps_;
  std::vector<Shard*> neighbours_;
  Scope tasks_;
};

}  // namespace outhaul::agent
