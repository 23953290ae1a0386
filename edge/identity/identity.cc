#include "edge/identity/identity.h"

#include <utility>

#include "common/net/certificate.h"
#include "common/net/key_pair.h"
#include "common/tunnel/ptth_names.h"
#include "edge/identity/private_file.h"

namespace outhaul::edge {

namespace {

constexpr std::chrono::hours renew_before{24 * 35};

/// The authority of the data directory; made when there is none.
Result<net::CertificateAuthority> own_authority(const std::filesystem::path& data_dir) {
  const std::filesystem::path certificate = data_dir / "ca.pem";
  const std::filesystem::path key = data_dir / "ca.key";
  std::error_code failure;
  if (std::filesystem::exists(certificate, failure)) {
    OUTHAUL_TRY(pair, net::load_key_pair(certificate.string(), key.string()));
    return net::CertificateAuthority::load(pair);
  }
  OUTHAUL_TRY(made, net::CertificateAuthority::create("outhaul-edge development CA"));
  // The key first: without the certificate the pair counts as not made, and nobody has its pin.
  OUTHAUL_CHECK(write_private_file(key, made.key_pem(), FileOwner::directory));
  OUTHAUL_CHECK(write_private_file(certificate, made.certificate_pem(), FileOwner::directory));
  return made;
}

net::LeafRequest leaf_for(const std::vector<tunnel::EdgeAddress>& names) {
  net::LeafRequest request;
  request.common_name = "outhaul-edge";
  request.dns_names = {"localhost"};
  for (const std::string_view address : {"127.0.0.1", "::1"}) {
    request.ip_addresses.push_back(*IpAddress::parse(address));
  }
  for (const tunnel::EdgeAddress& name : names) {
    if (const auto address = IpAddress::parse(name.host)) {
      request.ip_addresses.push_back(*address);
    } else {
      request.dns_names.push_back(name.host);
    }
  }
  return request;
}

}  // namespace

Result<Identity> Identity::load(const IdentityOptions& options) {
  Identity identity;
  identity.names_ = options.public_names;
  if (!options.certificate.empty()) {
    identity.certificate_ = options.certificate;
    identity.key_ = options.key;
    OUTHAUL_CHECK(identity.load_given());
    return identity;
  }
  OUTHAUL_TRY(authority, own_authority(options.data_dir));
  OUTHAUL_TRY(pin, tunnel::Pin::parse(authority.pin()));
  identity.pins_ = {pin};
  identity.authority_ = std::move(authority);
  OUTHAUL_CHECK(identity.issue_leaf());
  return identity;
}

Result<void> Identity::load_given() {
  OUTHAUL_TRY(pair, net::load_key_pair(certificate_.string(), key_.string()));
  std::string text = pair.chain_pem;
  OUTHAUL_CHECK(show(std::move(pair)));
  given_pem_ = std::move(text);
  return {};
}

Result<bool> Identity::reload() {
  if (certificate_.empty()) return false;
  const std::string before = given_pem_;
  OUTHAUL_CHECK(load_given());
  return given_pem_ != before;
}

Result<void> Identity::issue_leaf() {
  OUTHAUL_TRY(pair, authority_->issue(leaf_for(names_)));
  return show(std::move(pair));
}

Result<void> Identity::show(net::KeyPair pair) {
  OUTHAUL_TRY(end, net::pem_not_after(pair.chain_pem));
  net::TlsServerOptions tls;
  tls.key_pair = std::move(pair);
  tls.minimum_version = net::TlsVersion::tls_1_3;
  tls.alpn = {std::string(tunnel::ptth_tls_alpn)};
  tls.alpn_rule = net::AlpnRule::required;
  OUTHAUL_TRY(context, net::TlsServerContext::create(std::move(tls)));
  tls_ = context;
  not_after_ = end;
  return {};
}

Result<bool> Identity::renew_if_due(std::chrono::system_clock::time_point now) {
  if (!authority_ || not_after_ - now >= renew_before) return false;
  OUTHAUL_CHECK(issue_leaf());
  return true;
}

}  // namespace outhaul::edge
