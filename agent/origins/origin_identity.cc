#include "agent/origins/origin_identity.h"

#include <utility>

#include "common/net/pem.h"
#include "common/net/tls_context.h"

namespace outhaul::agent {

namespace {

constexpr std::size_t ca_file_limit = std::size_t{16} * 1024 * 1024;

/// Whether key and certificate can be used together, found out now and not at the first request.
Result<void> try_key_pair(const net::KeyPair& pair) {
  net::TlsClientOptions options;
  options.verification = net::PeerVerification::disabled;
  options.key_pair = pair;
  OUTHAUL_CHECK(net::TlsClientContext::create(std::move(options)));
  return {};
}

bool same_pair(const std::optional<net::KeyPair>& left, const std::optional<net::KeyPair>& right) {
  if (!left || !right) return !left && !right;
  return left->chain_pem == right->chain_pem && left->key_pem == right->key_pem;
}

}  // namespace

Result<std::shared_ptr<const OriginIdentity>> OriginIdentity::load(OriginIdentityFiles files) {
  auto identity = std::make_shared<OriginIdentity>();
  if (!files.ca.empty()) {
    OUTHAUL_TRY(pem, net::read_file(files.ca, ca_file_limit));
    OUTHAUL_TRY(trust, net::TrustStore::from_pem(pem, "CA file '" + files.ca + "'"));
    identity->ca_pem_ = std::move(pem);
    identity->trust_ = std::move(trust);
  }
  if (!files.certificate.empty()) {
    OUTHAUL_TRY(pair, net::load_key_pair(files.certificate, files.key));
    OUTHAUL_CHECK(try_key_pair(pair));
    identity->key_pair_ = std::move(pair);
  }
  identity->files_ = std::move(files);
  return std::shared_ptr<const OriginIdentity>(std::move(identity));
}

bool OriginIdentity::same_as(const OriginIdentity& other) const {
  return files_ == other.files_ && ca_pem_ == other.ca_pem_ &&
         same_pair(key_pair_, other.key_pair_);
}

void OriginIdentities::add_known(std::shared_ptr<const OriginIdentity> identity) {
  if (identity) known_.push_back(std::move(identity));
}

Result<std::shared_ptr<const OriginIdentity>> OriginIdentities::load(OriginIdentityFiles files) {
  if (files.empty()) return std::shared_ptr<const OriginIdentity>();
  OUTHAUL_TRY(loaded, OriginIdentity::load(std::move(files)));
  for (const auto& known : known_) {
    if (known->same_as(*loaded)) return known;
  }
  known_.push_back(loaded);
  return loaded;
}

}  // namespace outhaul::agent
