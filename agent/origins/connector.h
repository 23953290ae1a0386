#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "agent/origins/origin_connection.h"
#include "agent/origins/origin_identity.h"
#include "agent/settings/service_settings.h"
#include "common/async/loop.h"
#include "common/async/task.h"
#include "common/base/result.h"
#include "common/net/dial.h"
#include "common/net/socket_address.h"
#include "common/net/tcp_stream.h"
#include "common/net/tls_context.h"
#include "common/net/tls_stream.h"
#include "common/tunnel/descriptor.h"

namespace outhaul::agent {

/// The application protocols that are offered to an origin over TLS.
enum class OriginAlpn : std::uint8_t { none, http1, http2, http2_or_http1 };

struct TcpConnected {
  TimePoint at;
  net::SocketAddress address;
};

/// How TLS toward an origin is to be spoken, if at all.
struct OriginTls {
  bool wanted = false;
  std::string server_name;
  tunnel::TlsVerification verification = tunnel::TlsVerification::verify_full;
  OriginAlpn alpn = OriginAlpn::http1;
  /// For a TCP service whose settings ask for the PROXY protocol: what precedes TLS.
  bool tell_client = false;
  /// Whom to tell of; none if nobody knows.
  std::optional<net::SocketAddress> client{};
  /// Where to note that TCP is connected and TLS begins; null for nowhere. Outlives the dialling.
  std::optional<TcpConnected>* tcp_connected = nullptr;
};

/// SNI and the name to verify: `sni`, else the request's host when it is a DNS name, else the
/// service's hostname (protocol.md section 3). An IP address when the service has no name.
std::string server_name(const tunnel::Descriptor& descriptor, std::string_view authority);

struct ConnectedOrigin {
  std::unique_ptr<OriginConnection> connection;
  net::SocketAddress address;
  /// The origin chose `h2` by ALPN.
  bool http2 = false;
};

/// Where relays get new connections to origins from.
class OriginDialer {
 public:
  virtual ~OriginDialer() = default;
  /// Dials the addresses in their order (happy eyeballs) and speaks TLS if wanted. The kinds of
  /// errors are those of dialling and of TLS. `settings` outlives the task.
  virtual Task<Result<ConnectedOrigin>> connect(std::vector<net::SocketAddress> addresses,
                                                OriginTls tls, const ServiceSettings& settings) = 0;
};

/// Makes connections over TCP. A TLS context is made once per verification mode, protocol and
/// identity.
class OriginConnector final : public OriginDialer {
 public:
  /// `listener` is told what came of each address and outlives the connector; null: nobody.
  explicit OriginConnector(Loop& loop, net::DialListener* listener = nullptr)
      : loop_(loop), listener_(listener) {}

  Task<Result<ConnectedOrigin>> connect(std::vector<net::SocketAddress> addresses, OriginTls tls,
                                        const ServiceSettings& settings) override;

  /// Drops the contexts of identities that are perhaps no longer in use.
  void forget_contexts() { contexts_.clear(); }

  /// The two halves of connect(), for who wants to see them apart.
  Task<Result<std::unique_ptr<net::TcpStream>>> dial(std::vector<net::SocketAddress> addresses,
                                                     const ServiceSettings& settings);
  Task<Result<std::unique_ptr<net::TlsStream>>> secure(std::unique_ptr<net::TcpStream> tcp,
                                                       OriginTls tls,
                                                       const ServiceSettings& settings);

 private:
  Result<std::shared_ptr<const net::TlsClientContext>> tls_context(const OriginTls& tls,
                                                                   const ServiceSettings& settings);

  Loop& loop_;
  net::DialListener* listener_;
  using ContextKey =
      std::tuple<tunnel::TlsVerification, OriginAlpn, std::shared_ptr<const OriginIdentity>>;
  std::map<ContextKey, std::shared_ptr<const net::TlsClientContext>> contexts_;
};

}  // namespace outhaul::agent
