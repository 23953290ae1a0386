#include "tests/bench/splice/forward_proxy.h"

#include <utility>
#include <vector>

#include "common/net/dial.h"
#include "common/net/tls_stream.h"
#include "tests/bench/splice/carry.h"

namespace outhaul::bench {

namespace {

Task<Result<void>> dial_and_carry(Loop& loop, net::TcpStream& client, net::SocketAddress address,
                                  std::shared_ptr<const net::TlsClientContext> tls) {
  std::vector<net::SocketAddress> addresses(1, address);
  OUTHAUL_CO_TRY(tcp, co_await net::dial(loop, std::move(addresses), net::DialOptions()));
  net::TlsTarget target;
  target.name = address.ip().to_string();
  net::TlsStream proxy(std::move(tcp), std::move(tls), std::move(target));
  OUTHAUL_CO_CHECK(secured, co_await proxy.handshake());
  co_return co_await carry_both(client, proxy);
}

}  // namespace

Result<std::shared_ptr<const net::TlsClientContext>> forward_proxy_tls() {
  net::TlsClientOptions options;
  options.verification = net::PeerVerification::disabled;
  options.minimum_version = net::TlsVersion::tls_1_3;
  options.alpn = {"h2"};
  options.alpn_rule = net::AlpnRule::required;
  return net::TlsClientContext::create(std::move(options));
}

Task<void> join_to_proxy(Loop& loop, Log& log, std::unique_ptr<net::TcpStream> client,
                         net::SocketAddress address,
                         std::shared_ptr<const net::TlsClientContext> tls) {
  Task<Result<void>> joint = dial_and_carry(loop, *client, address, std::move(tls));
  const Result<void> end = co_await joint;
  log.info("parted", {{"reason", end ? std::string("ended") : end.error().message}});
}

}  // namespace outhaul::bench
