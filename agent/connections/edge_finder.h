#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/reach/edge_route.h"
#include "agent/reach/reach_options.h"
#include "agent/reach/srv_targets.h"
#include "common/async/task.h"
#include "common/base/ip_address.h"
#include "common/base/result.h"
#include "common/dns/resolver.h"
#include "common/net/socket_address.h"
#include "common/tunnel/edge_address.h"

namespace outhaul::agent {

/// Which port of an edge to begin with.
enum class PortChoice : std::uint8_t {
  remembered,  ///< the one that worked last
  configured,  ///< the edge's own; forgets the other
};

/// Knows the edges and finds the ways to them, anew for every attempt.
class EdgeFinder {
 public:
  struct Options {
    const ReachOptions& reach;
    EdgeTrust trust;
    /// Is told the addresses of an edge whenever its name was resolved; may be empty.
    std::function<void(const std::vector<IpAddress>&)> found;
  };
  /// `resolver` and `options.reach` outlive the finder. At least one edge.
  EdgeFinder(dns::Resolver& resolver, std::vector<tunnel::EdgeAddress> edges, Options options);

  /// For attempts from now on; at least one.
  void set_edges(std::vector<tunnel::EdgeAddress> edges);
  /// The same proxy as before with another login, for attempts from now on.
  void set_proxy(std::shared_ptr<const Proxy> proxy) { proxy_ = std::move(proxy); }
  std::size_t count() const { return edges_.size(); }
  const tunnel::EdgeAddress& edge(std::size_t index) const { return edges_[index % count()]; }

  /// The ways to an edge, at least one, in the order to try them: the places that its SRV records
  /// name, or its port and the one to fall back on. The slots of an agent begin with different
  /// addresses, so that its connections spread over the machines behind one name.
  Task<Result<std::vector<EdgeRoute>>> find(std::size_t index, std::uint32_t slot,
                                            PortChoice choice);

  /// What came of an attempt of this slot, which went to `target` at last.
  void failed(std::uint32_t slot, const tunnel::EdgeAddress& target);
  /// Returns whether the edge is reached by another port now than before.
  bool served(std::size_t index, std::uint32_t slot, const tunnel::EdgeAddress& target);

 private:
  /// What is remembered of a slot's targets by SRV, as "host:port".
  struct Memory {
    std::string used;
    std::string failed;
  };

  Task<Result<std::vector<EdgeRoute>>> find_by_srv(tunnel::EdgeAddress edge, std::uint32_t slot);
  /// Adds proxy and addresses. `known` are the target's, if they were resolved.
  Task<Result<void>> locate(EdgeRoute& route, std::vector<IpAddress> known, std::size_t turn);
  Task<Result<std::vector<IpAddress>>> resolve(std::string host);
  dns::FamilyPreference families() const;
  std::string crowded(std::uint32_t slot) const;

  dns::Resolver& resolver_;
  std::vector<tunnel::EdgeAddress> edges_;
  Options options_;
  std::shared_ptr<const Proxy> proxy_;
  /// Of each edge: whether its other port is the one that worked last.
  std::vector<bool> by_other_port_;
  std::map<std::uint32_t, Memory> memory_;
};

}  // namespace outhaul::agent
