#include "common/net/tls_context.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "common/net/certificate.h"
#include "common/net/openssl_error.h"
#include "common/net/peer_verification.h"

namespace outhaul::net {

namespace {

constexpr const char* tls_1_3_ciphers =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
// Origins in private networks can be old: CBC stays, at the end, but nothing without forward
// secrecy.
constexpr const char* tls_1_2_ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE+CHACHA20:DHE+AESGCM:ECDHE+AES";

constexpr std::size_t alpn_name_limit = 255;

Result<std::string> alpn_to_wire(const std::vector<std::string>& names) {
  std::string wire;
  for (const std::string& name : names) {
    if (name.empty() || name.size() > alpn_name_limit) {
      return Error{ErrorKind::invalid, "alpn: a protocol name must have 1 to 255 bytes"};
    }
    wire += static_cast<char>(static_cast<unsigned char>(name.size()));
    wire += name;
  }
  return wire;
}

bool offers(std::string_view offered_wire, std::string_view name) {
  while (!offered_wire.empty()) {
    const std::size_t size = static_cast<unsigned char>(offered_wire.front());
    offered_wire.remove_prefix(1);
    if (offered_wire.substr(0, size) == name) return true;
    offered_wire.remove_prefix(std::min(size, offered_wire.size()));
  }
  return false;
}

int native_version(TlsVersion version) {
  return version == TlsVersion::tls_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION;
}

}  // namespace

TlsContext::~TlsContext() {
  SSL_CTX_free(context_);
}

Result<void> TlsContext::configure(TlsVersion minimum, std::vector<std::string> alpn,
                                   AlpnRule rule) {
  ERR_clear_error();
  if (context_ == nullptr) return openssl_error("TLS context");
  if (SSL_CTX_set_min_proto_version(context_, native_version(minimum)) != 1 ||
      SSL_CTX_set_ciphersuites(context_, tls_1_3_ciphers) != 1 ||
      SSL_CTX_set_cipher_list(context_, tls_1_2_ciphers) != 1) {
    return openssl_error("TLS versions and ciphers");
  }
  SSL_CTX_set_options(context_, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                    SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context_, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE);
  SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
  if (SSL_CTX_set_num_tickets(context_, 0) != 1 || SSL_CTX_set_max_early_data(context_, 0) != 1) {
    return openssl_error("TLS session settings");
  }
  OUTHAUL_TRY(wire, alpn_to_wire(alpn));
  alpn_wire_ = std::move(wire);
  alpn_ = std::move(alpn);
  alpn_rule_ = rule;
  return {};
}

void TlsContext::verify_with(PeerVerification verification, std::vector<std::string> pins) {
  verification_ = verification;
  pins_ = std::move(pins);
  // Streams hold the context, so the callback's argument outlives every handshake.
  SSL_CTX_set_cert_verify_callback(context_, verify_peer, &pins_);
}

Result<std::shared_ptr<const TlsClientContext>> TlsClientContext::create(TlsClientOptions options) {
  std::shared_ptr<TlsClientContext> context(new TlsClientContext(SSL_CTX_new(TLS_client_method())));
  OUTHAUL_CHECK(context->configure_client(std::move(options)));
  return std::shared_ptr<const TlsClientContext>(std::move(context));
}

Result<void> TlsClientContext::configure_client(TlsClientOptions options) {
  OUTHAUL_CHECK(configure(options.minimum_version, std::move(options.alpn), options.alpn_rule));
  if (!alpn_wire().empty() &&
      SSL_CTX_set_alpn_protos(native(), reinterpret_cast<const unsigned char*>(alpn_wire().data()),
                              static_cast<unsigned>(alpn_wire().size())) != 0) {
    return openssl_error("alpn");
  }
  if (options.key_pair) OUTHAUL_CHECK(use_key_pair(native(), *options.key_pair));
  if (options.verification == PeerVerification::disabled) {
    if (options.pins.empty()) return {};
    return Error{ErrorKind::invalid,
                 "pins: have no effect without verification; enable verification or remove them"};
  }
  for (const std::string& pin : options.pins)
    OUTHAUL_CHECK(check_pin(pin));
  if (options.pins.empty()) {
    if (!options.trust) {
      return Error{ErrorKind::invalid,
                   "TLS verification needs a trust store: give a CA file or pins"};
    }
    SSL_CTX_set1_cert_store(native(), options.trust->native());
  }
  SSL_CTX_set_verify(native(), SSL_VERIFY_PEER, nullptr);
  verify_with(options.verification, std::move(options.pins));
  return {};
}

Result<std::shared_ptr<const TlsServerContext>> TlsServerContext::create(TlsServerOptions options) {
  std::shared_ptr<TlsServerContext> context(new TlsServerContext(SSL_CTX_new(TLS_server_method())));
  OUTHAUL_CHECK(context->configure_server(std::move(options)));
  return std::shared_ptr<const TlsServerContext>(std::move(context));
}

Result<void> TlsServerContext::configure_server(TlsServerOptions options) {
  OUTHAUL_CHECK(configure(options.minimum_version, std::move(options.alpn), options.alpn_rule));
  OUTHAUL_CHECK(use_key_pair(native(), options.key_pair));
  if (!alpn_wire().empty()) SSL_CTX_set_alpn_select_cb(native(), select_alpn, this);
  if (options.client_certificates == ClientCertificates::none) return {};
  if (!options.client_trust) {
    return Error{ErrorKind::invalid,
                 "client certificates: give the CA file that issues them (client_trust)"};
  }
  SSL_CTX_set1_cert_store(native(), options.client_trust->native());
  const int demand = options.client_certificates == ClientCertificates::required
                         ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT
                         : 0;
  SSL_CTX_set_verify(native(), SSL_VERIFY_PEER | demand, nullptr);
  verify_with(PeerVerification::chain_only, {});
  return {};
}

int TlsServerContext::select_alpn(SSL*, const unsigned char** out, unsigned char* out_length,
                                  const unsigned char* offered, unsigned int offered_length,
                                  void* self) {
  const auto& context = *static_cast<const TlsServerContext*>(self);
  const std::string_view wire(reinterpret_cast<const char*>(offered), offered_length);
  for (const std::string& name : context.alpn()) {
    if (!offers(wire, name)) continue;
    *out = reinterpret_cast<const unsigned char*>(name.data());
    *out_length = static_cast<unsigned char>(name.size());
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace outhaul::net
