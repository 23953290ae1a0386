#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/network/target_locator.h"
#include "agent/origins/connector.h"
#include "agent/origins/dial_sharing.h"
#include "agent/origins/h2_origin.h"
#include "agent/origins/origin_connection.h"
#include "agent/origins/origin_key.h"
#include "agent/relay/relay_request.h"
#include "common/async/task.h"

namespace outhaul::agent {

/// What carries an exchange: a connection of its own, or a shared HTTP/2 one. Or nothing.
struct OriginLease {
  std::unique_ptr<OriginConnection> http1;
  std::shared_ptr<H2Origin> http2;

  explicit operator bool() const { return http1 || http2; }
};

/// From a request's descriptor to a connection to its origin: policy, DNS, policy on each address,
/// pool, circuit, cap, dial. One per request.
class OriginAccess {
 public:
  /// `authority` is the request's, for SNI. Both outlive the access.
  OriginAccess(RelayRequest& request, std::string_view authority)
      : request_(request), authority_(authority) {}

  /// Finds the addresses. Once, first.
  Task<std::optional<RelayFailure>> locate();
  /// The same without waiting, when they are known from an earlier request. False: they are not.
  bool locate_at_once();

  /// Whether HTTP/2 may be spoken with this origin, and whether nothing else may.
  bool may_be_http2() const;
  bool must_be_http2() const;

  /// A connection that is there already, of the protocol that may be spoken, to the address whose
  /// turn it is. Those to other addresses stay: else one connection would get the requests that
  /// are meant for all of them.
  OriginLease take();
  /// The same, HTTP/2 only.
  std::shared_ptr<H2Origin> take_http2();

  /// A new connection of the protocol that may be spoken; if that may be HTTP/2, also one that
  /// another request has made meanwhile. Nothing when there is none to be had: failure() says why.
  Task<OriginLease> connect();
  /// A new connection for HTTP/1.1, WebSocket or TCP. Null when there is none to be had.
  Task<std::unique_ptr<OriginConnection>> dial();
  const RelayFailure& failure() const { return *failure_; }

  /// The origin does not serve this request in HTTP/2.
  void use_http1() { http1_only_ = true; }
  /// take() and connect() are to find another one than this.
  void avoid(std::shared_ptr<H2Origin> origin) { avoided_ = std::move(origin); }

  /// Keeps the connection that was taken or dialled last for other requests of this service.
  void give_back(std::unique_ptr<OriginConnection> connection);

 private:
  void take_target(std::shared_ptr<const Target> target);
  const std::vector<net::SocketAddress>& addresses() const { return target_->addresses; }
  bool is_http() const { return request_.descriptor().type == tunnel::ServiceType::http; }
  bool wants_tls() const;
  std::string name_for_tls() const;
  std::optional<net::SocketAddress> client_address() const;
  const OriginKey& key_for(const net::SocketAddress& address);
  std::unique_ptr<OriginConnection> take_idle();
  std::shared_ptr<H2Origin> take_http2(const net::SocketAddress& address);
  std::shared_ptr<H2Origin> take_http2_of_any_address();
  Task<OriginLease> connect_for_all(DialSharing::Turn turn);
  Task<std::optional<ConnectedOrigin>> open(OriginAlpn alpn);
  std::vector<net::SocketAddress> dialable_addresses();
  void note_dial(const std::vector<net::SocketAddress>& tried,
                 const Result<ConnectedOrigin>& connected);
  void fail(tunnel::Failure failure, std::string detail);
  void record(const std::string& address, bool reused);

  RelayRequest& request_;
  std::string_view authority_;
  /// Null before they are located.
  std::shared_ptr<const Target> target_;
  OriginKey key_;  // but for the address, that of every connection of this request
  std::shared_ptr<H2Origin> avoided_;
  bool http1_only_ = false;
  std::optional<RelayFailure> failure_;
};

}  // namespace outhaul::agent
