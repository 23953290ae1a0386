#include "agent/connections/client_identity.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "common/net/certificate.h"
#include "common/net/pem.h"
#include "common/net/tls_context.h"
#include "common/tunnel/secret_file.h"

namespace outhaul::agent {

namespace {

constexpr std::size_t pem_size_maximum = std::size_t{1024} * 1024;
constexpr std::string_view uuid_uri = "URI:urn:uuid:";

/// The ids that the certificate names.
std::vector<std::string> tunnels_of(const X509* certificate) {
  std::vector<std::string> ids;
  for (const std::string& name : net::subject_names(certificate)) {
    if (name.starts_with(uuid_uri)) ids.push_back(name.substr(uuid_uri.size()));
  }
  if (ids.empty()) ids.push_back(net::common_name(certificate));
  return ids;
}

/// Whether key and certificate belong together, found out now and not when an edge is dialled.
Result<void> try_key_pair(const net::KeyPair& pair) {
  net::TlsClientOptions options;
  options.verification = net::PeerVerification::disabled;
  options.key_pair = pair;
  OUTHAUL_CHECK(net::TlsClientContext::create(std::move(options)));
  return {};
}

}  // namespace

Result<void> check_certificate_tunnel(std::string_view pem, const std::string& name,
                                      const Uuid& tunnel_id) {
  OUTHAUL_TRY(chain, net::parse_certificates(pem, name));
  const std::vector<std::string> ids = tunnels_of(chain.front().get());
  const std::string wanted = tunnel_id.to_string();
  if (std::ranges::find(ids, wanted) != ids.end()) return {};
  std::string found;
  for (const std::string& id : ids)
    found += (found.empty() ? "" : ", ") + id;
  return Error{ErrorKind::invalid, name + " is for " + (found.empty() ? "no tunnel" : found) +
                                       ", and --tunnel-id is " + wanted +
                                       "; give the certificate of this tunnel, with the subject "
                                       "alternative name URI:urn:uuid:" +
                                       wanted};
}

Result<ClientIdentity> load_client_identity(const std::string& certificate, const std::string& key,
                                            const Uuid& tunnel_id) {
  ClientIdentity identity;
  net::KeyPair& pair = identity.key_pair;
  pair.chain_name = "client certificate " + certificate;
  pair.key_name = "client key " + key;
  OUTHAUL_TRY(chain, net::read_file(certificate, pem_size_maximum));
  pair.chain_pem = std::move(chain);
  OUTHAUL_TRY(key_pem, tunnel::read_secret_file(key, "client key", pem_size_maximum));
  pair.key_pem = std::move(key_pem);
  OUTHAUL_CHECK(try_key_pair(pair));
  OUTHAUL_CHECK(check_certificate_tunnel(pair.chain_pem, pair.chain_name, tunnel_id));
  OUTHAUL_TRY(not_after, net::pem_not_after(pair.chain_pem));
  identity.not_after = not_after;
  return identity;
}

}  // namespace outhaul::agent
