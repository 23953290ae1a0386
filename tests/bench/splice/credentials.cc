#include "tests/bench/splice/credentials.h"

#include <cerrno>
#include <cstdio>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "common/net/certificate_authority.h"
#include "common/net/fd.h"
#include "common/net/trust_store.h"
#include "common/tunnel/ptth_names.h"
#include "common/tunnel/token.h"

namespace outhaul::bench {

namespace {

/// The certificate with which an agent of profile rhttp shows its tunnel.
Result<net::KeyPair> issue_agent_pair(const net::CertificateAuthority& authority,
                                      const Uuid& tunnel_id) {
  net::LeafRequest leaf;
  leaf.common_name = "agent of the splice";
  leaf.uris = {"urn:uuid:" + tunnel_id.to_string()};
  leaf.use = net::CertificateUse::client;
  return authority.issue(leaf);
}

}  // namespace

Result<Credentials> make_credentials(const net::SocketAddress& edge, Profile profile) {
  OUTHAUL_TRY(authority, net::CertificateAuthority::create("outhaul bench splice"));
  net::LeafRequest leaf;
  leaf.common_name = "splice";
  leaf.ip_addresses = {edge.ip()};
  net::TlsServerOptions tls;
  OUTHAUL_TRY(pair, authority.issue(leaf));
  tls.key_pair = std::move(pair);
  tls.alpn = {
      std::string(profile == Profile::ptth ? tunnel::ptth_tls_alpn : tunnel::rhttp_tls_alpn)};
  if (profile == Profile::rhttp) {
    OUTHAUL_TRY(trust, net::TrustStore::from_pem(authority.certificate_pem(), "authority"));
    tls.client_certificates = net::ClientCertificates::required;
    tls.client_trust = std::move(trust);
  }
  tls.alpn_rule = net::AlpnRule::required;
  OUTHAUL_TRY(context, net::TlsServerContext::create(std::move(tls)));

  tunnel::Token token;
  token.tunnel_id = Uuid::random();
  token.secret = tunnel::TunnelSecret::random();
  token.edges = {{.host = edge.ip().to_string(), .port = edge.port()}};
  OUTHAUL_TRY(pin, tunnel::Pin::parse(authority.pin()));
  token.pins = {pin};

  Credentials credentials;
  credentials.profile = profile;
  OUTHAUL_TRY(agent_pair, issue_agent_pair(authority, token.tunnel_id));
  credentials.agent_pair = std::move(agent_pair);
  credentials.authority_pem = authority.certificate_pem();
  credentials.tunnel_id = token.tunnel_id;
  credentials.agent_key = tunnel::ConcealedKey::derive(token.tunnel_id, token.secret).public_key();
  credentials.token = tunnel::serialize_token(token);
  credentials.tls = std::move(context);
  return credentials;
}

Result<void> write_private_file(const std::string& path, const std::string& text) {
  // A new name, then a rename: whoever waits for the file never sees half of it.
  const std::string unfinished = path + ".new";
  ::unlink(unfinished.c_str());
  const net::Fd file(::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return system_error(errno, "create " + unfinished);
  const ssize_t written = ::write(file.get(), text.data(), text.size());
  if (written != static_cast<ssize_t>(text.size())) return system_error(errno, "write " + path);
  if (::rename(unfinished.c_str(), path.c_str()) != 0) return system_error(errno, "make " + path);
  return {};
}

}  // namespace outhaul::bench
