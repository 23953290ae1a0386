#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "agent/options.h"
#include "agent/status/agent_figures.h"
#include "common/async/loop.h"
#include "common/async/task.h"
#include "common/base/log.h"
#include "common/net/socket_address.h"

namespace outhaul::agent {

/// The agent, put together. What there is once (resolver, edges and whom they are shared out to,
/// credentials, what is shown) lives on `loop`; what requests need, in shards: one on `loop`, and
/// one on each further loop that the options ask for, which has a thread of its own from start()
/// to the agent's end. Of the thread of `loop`.
class Agent {
 public:
  /// Error (invalid): the certificates that the options name cannot be used. All three must outlive
  /// the agent, and `loop` must not run after its end.
  /// `deleted` is called when an edge says that the tunnel was deleted; may be empty.
  static Result<std::unique_ptr<Agent>> create(Loop& loop, Log& log, const AgentOptions& options,
                                               std::function<void()> deleted);
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  /// Begins to dial, and starts the other loops. What escapes from one of those escapes from
  /// `loop`.
  void start();
  /// Puts policy, services and grace period in force, for requests that come from now on; those
  /// under way keep what they began with. Other loops follow as soon as they get to it. Not from
  /// inside a relay.
  void configure(const AgentOptions& options);
  /// The token, edges and trust of `options` are used for connections to edges from now on. With
  /// `replace` the connections that there are give way to new ones, one after the other, without a
  /// gap. An error (CA file) changes nothing.
  Result<void> use_credentials(const AgentOptions& options, bool replace);
  /// Closes idle connections to origins, which were made as somebody else.
  void forget_origin_identities();
  /// Takes no more requests and finishes those under way, within the grace period.
  Task<void> drain();
  /// The same within `grace`.
  Task<void> drain_within(Duration grace);

  /// Connections to edges that can carry requests now.
  std::size_t connections_serving() const;
  std::size_t connections_wanted() const;
  bool draining() const;
  /// Whether every other loop has turned since this was asked last; for a watchdog.
  bool other_loops_turn();
  /// Keeps services away from sockets on which this process listens (its status page, say): to be
  /// called with all of them whenever they change. Bound ports, not 0.
  void protect_listeners(std::vector<net::SocketAddress> listeners);
  /// Asks the other loops for what figures() shows of them. One that does not answer at once is
  /// shown as it was before.
  Task<void> collect();
  AgentFigures figures() const;
  /// Warns of certificates that end soon, for ever: those of edges, and the agent's own.
  Task<void> watch_expiries();

 private:
  class Parts;
  explicit Agent(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace outhaul::agent
