#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <openssl/types.h>

#include "common/base/result.h"
#include "common/net/key_pair.h"
#include "common/net/trust_store.h"

namespace outhaul::net {

enum class TlsVersion : std::uint8_t { tls_1_2, tls_1_3 };

enum class PeerVerification : std::uint8_t {
  full,        ///< chain, dates, purpose, and the name or IP address
  chain_only,  ///< everything but the name
  disabled,    ///< nothing: encrypted, but to whomever
};

/// Whether a handshake that agreed on no application protocol counts as failed.
enum class AlpnRule : std::uint8_t { optional, required };

enum class ClientCertificates : std::uint8_t { none, optional, required };

struct TlsClientOptions {
  PeerVerification verification = PeerVerification::full;
  /// Needed unless there are pins or verification is disabled.
  std::shared_ptr<const TrustStore> trust;
  /// "sha256/<base64>": the chain that the peer sends has to lead to a certificate with one of
  /// these keys. Pins replace the trust store; names, dates and purpose are still checked.
  std::vector<std::string> pins;
  TlsVersion minimum_version = TlsVersion::tls_1_2;
  /// Offered in this order; empty: no ALPN.
  std::vector<std::string> alpn;
  AlpnRule alpn_rule = AlpnRule::optional;
  /// Shown when the server asks for a client certificate.
  std::optional<KeyPair> key_pair;
};

struct TlsServerOptions {
  KeyPair key_pair;
  TlsVersion minimum_version = TlsVersion::tls_1_3;
  /// Accepted, best first. A client that offers others only gets the alert
  /// no_application_protocol. Empty: ALPN is not spoken.
  std::vector<std::string> alpn;
  AlpnRule alpn_rule = AlpnRule::optional;
  ClientCertificates client_certificates = ClientCertificates::none;
  /// Issuers of client certificates; needed unless `none`.
  std::shared_ptr<const TrustStore> client_trust;
};

/// What the two contexts share: an immutable SSL_CTX and what a stream has to know besides.
/// AES-128-GCM first; no session tickets, no session cache, no early data, no renegotiation.
class TlsContext {
 public:
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  SSL_CTX* native() const { return context_; }
  PeerVerification verification() const { return verification_; }
  const std::vector<std::string>& pins() const { return pins_; }
  const std::vector<std::string>& alpn() const { return alpn_; }
  AlpnRule alpn_rule() const { return alpn_rule_; }

 protected:
  explicit TlsContext(SSL_CTX* context) : context_(context) {}
  ~TlsContext();
  /// The settings of both roles.
  Result<void> configure(TlsVersion minimum, std::vector<std::string> alpn, AlpnRule rule);
  /// Length-prefixed names, as ALPN has them on the wire.
  const std::string& alpn_wire() const { return alpn_wire_; }
  void verify_with(PeerVerification verification, std::vector<std::string> pins);

 private:
  SSL_CTX* context_;
  PeerVerification verification_ = PeerVerification::disabled;
  std::vector<std::string> pins_;
  std::vector<std::string> alpn_;
  std::string alpn_wire_;
  AlpnRule alpn_rule_ = AlpnRule::optional;
};

/// Shared by all connections with the same settings; a reload makes a new one and swaps the
/// pointer, connections keep the one they began with.
class TlsClientContext final : public TlsContext {
 public:
  /// Error kind `invalid`; the message names the option or the file, and OpenSSL's reason.
  static Result<std::shared_ptr<const TlsClientContext>> create(TlsClientOptions options);

 private:
  using TlsContext::TlsContext;
  Result<void> configure_client(TlsClientOptions options);
};

class TlsServerContext final : public TlsContext {
 public:
  static Result<std::shared_ptr<const TlsServerContext>> create(TlsServerOptions options);

 private:
  using TlsContext::TlsContext;
  Result<void> configure_server(TlsServerOptions options);
  static int select_alpn(SSL* ssl, const unsigned char** out, unsigned char* out_length,
                         const unsigned char* offered, unsigned int offered_length, void* self);
};

}  // namespace outhaul::net
