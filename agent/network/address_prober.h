#pragma once

#include <vector>

#include "common/async/loop.h"
#include "common/async/scope.h"
#include "common/async/task.h"
#include "common/net/dial.h"
#include "common/net/socket_address.h"

namespace outhaul::agent {

/// Finds out, beside the requests, whether addresses that failed are back: connects, tells the
/// listener, and closes. Nothing is sent. An address that needs longer than the dialler's attempt
/// delay is not back: a request would not wait for it either.
class AddressProber {
 public:
  /// `listener` outlives the prober.
  AddressProber(Loop& loop, net::DialListener& listener)
      : loop_(loop), listener_(listener), probes_(loop) {}

  /// Only addresses that the policy has passed. Above 64 under way, more are left out.
  void probe(const std::vector<net::SocketAddress>& addresses);

 private:
  Task<void> try_one(net::SocketAddress address);

  Loop& loop_;
  net::DialListener& listener_;
  Scope probes_;
};

}  // namespace outhaul::agent
