#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "common/async/task.h"
#include "common/base/ip_address.h"
#include "common/base/result.h"
#include "common/dns/resolver.h"
#include "common/net/socket_address.h"
#include "common/tunnel/edge_address.h"

namespace outhaul::agent {

/// Knows the edges and finds their addresses, anew for every attempt.
class EdgeFinder {
 public:
  /// `resolver` outlives the finder. `found` is told the addresses of an edge whenever its name was
  /// resolved; may be empty. At least one edge.
  EdgeFinder(dns::Resolver& resolver, std::vector<tunnel::EdgeAddress> edges,
             std::function<void(const std::vector<IpAddress>&)> found);

  /// For attempts from now on; at least one.
  void set_edges(std::vector<tunnel::EdgeAddress> edges) { edges_ = std::move(edges); }
  std::size_t count() const { return edges_.size(); }
  const tunnel::EdgeAddress& edge(std::size_t index) const { return edges_[index % count()]; }

  /// The addresses of an edge, in the order to dial them. The slots of an agent begin with
  /// different ones, so that its connections spread over the machines behind one name.
  Task<Result<std::vector<net::SocketAddress>>> find(std::size_t index, std::uint32_t slot);

 private:
  dns::Resolver& resolver_;
  std::vector<tunnel::EdgeAddress> edges_;
  std::function<void(const std::vector<IpAddress>&)> found_;
};

}  // namespace outhaul::agent
