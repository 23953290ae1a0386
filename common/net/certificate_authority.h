#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ip_address.h"
#include "common/base/result.h"
#include "common/net/key_pair.h"
#include "common/net/openssl_handles.h"

namespace outhaul::net {

/// From and until when a certificate is valid.
struct Validity {
  std::chrono::system_clock::time_point not_before;
  std::chrono::system_clock::time_point not_after;

  /// From five minutes ago (clocks differ) for so long.
  static Validity starting_now(std::chrono::hours life);
};

inline constexpr std::chrono::hours authority_life{24 * 3650};
inline constexpr std::chrono::hours leaf_life{24 * 90};

enum class CertificateUse : std::uint8_t { server, client };

struct LeafRequest {
  std::string common_name;
  std::vector<std::string> dns_names;
  std::vector<IpAddress> ip_addresses;
  /// E.g. "urn:uuid:...".
  std::vector<std::string> uris;
  CertificateUse use = CertificateUse::server;
  Validity validity = Validity::starting_now(leaf_life);
};

/// A small certificate authority, ECDSA P-256 with SHA-256: for an edge without a public
/// certificate, whose agents pin this authority's key, and for tests.
class CertificateAuthority {
 public:
  static Result<CertificateAuthority> create(
      const std::string& common_name, Validity validity = Validity::starting_now(authority_life));
  /// What certificate_pem() and key_pem() gave. Error kind `invalid`.
  static Result<CertificateAuthority> load(const KeyPair& pair);

  /// A new key and a certificate for it. The chain holds this authority's certificate too, because
  /// a pin has to find it there. Needs a DNS name, an IP address or a URI; else kind `invalid`.
  Result<KeyPair> issue(const LeafRequest& request) const;

  std::string certificate_pem() const;
  /// Secret.
  std::string key_pem() const;
  /// "sha256/..."
  std::string pin() const;

 private:
  CertificateAuthority(OpensslPtr<X509> certificate, OpensslPtr<EVP_PKEY> key);
  OpensslPtr<X509> certificate_;
  OpensslPtr<EVP_PKEY> key_;
};

}  // namespace outhaul::net
