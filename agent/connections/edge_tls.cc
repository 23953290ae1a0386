#include "agent/connections/edge_tls.h"

#include <string>
#include <utility>

#include "common/net/trust_store.h"

namespace outhaul::agent {

Result<std::shared_ptr<const net::TlsClientContext>> edge_tls(const AgentOptions& options,
                                                              std::string_view alpn) {
  net::TlsClientOptions tls;
  tls.minimum_version = net::TlsVersion::tls_1_3;
  tls.alpn = {std::string(alpn)};
  if (options.rhttp.identity) tls.key_pair = options.rhttp.identity->key_pair;
  if (!options.edge_ca.empty()) {
    OUTHAUL_TRY(trust, net::TrustStore::from_file(options.edge_ca.string()));
    tls.trust = trust;
  } else if (!options.token.pins.empty()) {
    for (const tunnel::Pin& pin : options.token.pins)
      tls.pins.push_back(pin.to_string());
  } else {
    OUTHAUL_TRY(trust, net::TrustStore::system());
    tls.trust = trust;
  }
  return net::TlsClientContext::create(std::move(tls));
}

EdgeTrust edge_trust(const AgentOptions& options) {
  const bool pinned = options.edge_ca.empty() && !options.token.pins.empty();
  return pinned ? EdgeTrust::pins : EdgeTrust::authorities;
}

}  // namespace outhaul::agent
