#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/network/target_locator.h"
#include "agent/origins/origin_connection.h"
#include "agent/origins/origin_key.h"
#include "agent/relay/relay_request.h"
#include "common/async/task.h"

namespace outhaul::agent {

/// From a request's descriptor to a connection to its origin: policy, DNS, policy on each address,
/// pool, dial. One per request.
class OriginAccess {
 public:
  /// `authority` is the request's, for SNI. `request` outlives the access.
  OriginAccess(RelayRequest& request, std::string authority)
      : request_(request), authority_(std::move(authority)) {}

  /// Finds the addresses. Once, first.
  Task<std::optional<RelayFailure>> locate();

  /// An idle connection to the address whose turn it is; null when there is none. Those to other
  /// addresses stay: else one connection would get the requests that are meant for all of them.
  std::unique_ptr<OriginConnection> take_idle();

  /// A new connection. Null when there is none to be had: failure() says why.
  Task<std::unique_ptr<OriginConnection>> dial();
  const RelayFailure& failure() const { return *failure_; }

  /// Keeps the connection that was taken or dialled last for other requests of this service.
  void give_back(std::unique_ptr<OriginConnection> connection);

 private:
  bool wants_tls() const;
  std::string name_for_tls() const;
  OriginKey key_for(const net::SocketAddress& address) const;

  RelayRequest& request_;
  std::string authority_;
  Target target_;
  OriginKey key_;
  std::optional<RelayFailure> failure_;
};

}  // namespace outhaul::agent
