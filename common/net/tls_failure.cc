#include "common/net/tls_failure.h"

#include <algorithm>
#include <string>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace outhaul::net {

namespace {

/// The first error that the TLS layer itself reported, else the first of all; 0 when there is none.
unsigned long take_code() {
  unsigned long chosen = 0;
  while (const unsigned long code = ERR_get_error()) {
    if (ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_LIB(chosen) != ERR_LIB_SSL) chosen = code;
    if (chosen == 0) chosen = code;
  }
  return chosen;
}

std::string alert_hint(int alert) {
  switch (alert) {
    case SSL_AD_PROTOCOL_VERSION:
      return "; it speaks no TLS version that this side accepts";
    case SSL_AD_HANDSHAKE_FAILURE:
      return "; there is no common cipher, or it wants a client certificate";
    case SSL_AD_UNRECOGNIZED_NAME:
      return "; it does not know the name that was asked for (SNI)";
    case SSL_AD_NO_APPLICATION_PROTOCOL:
      return "; it speaks none of the offered protocols (ALPN)";
    case TLS13_AD_CERTIFICATE_REQUIRED:
      return "; it wants a client certificate: configure one";
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
      return "; it does not accept this side's certificate";
    default:
      return {};
  }
}

bool is_about_certificate(int reason) {
  return reason == SSL_R_CERTIFICATE_VERIFY_FAILED ||
         reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE;
}

/// The start of what the peer said, when it is text.
std::string spoken_text(Bytes first_bytes) {
  const std::string_view text = as_text(first_bytes);
  const auto end =
      std::find_if_not(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f; });
  const auto length = static_cast<std::size_t>(end - text.begin());
  constexpr std::size_t least = 4;  // fewer may be chance
  return length < least ? std::string() : std::string(text.substr(0, length));
}

std::string protocol_text(int reason, unsigned long code, Bytes first_bytes) {
  const char* text = ERR_reason_error_string(code);
  std::string message = text == nullptr ? "the peer broke the TLS protocol" : text;
  const std::string spoken = spoken_text(first_bytes);
  if (!spoken.empty()) {
    return "the peer does not speak TLS, it began with '" + spoken + "' (" + message +
           "); check the port, or use the scheme without TLS";
  }
  if (first_bytes.empty()) return message;  // the handshake is long over
  switch (reason) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
      return "the peer does not seem to speak TLS (" + message + "); check the port";
    case SSL_R_UNSUPPORTED_PROTOCOL:
      return "no TLS version in common (" + message + ")";
    default:
      return message;
  }
}

}  // namespace

TlsFailure take_tls_failure(const TlsFailureContext& context) {
  const unsigned long code = take_code();
  const bool from_tls = ERR_GET_LIB(code) == ERR_LIB_SSL;
  const int reason = ERR_GET_REASON(code);
  const std::string prefix = std::string(context.doing) + ": ";

  if (from_tls && reason > SSL_AD_REASON_OFFSET && reason <= SSL_AD_REASON_OFFSET + 255) {
    const int alert = reason - SSL_AD_REASON_OFFSET;
    return {Error{ErrorKind::tls_alert, prefix + "the peer sent the alert '" +
                                            SSL_alert_desc_string_long(alert) + "' (" +
                                            std::to_string(alert) + ")" + alert_hint(alert)},
            static_cast<std::uint8_t>(alert)};
  }
  if (context.peer.seen) {
    return {describe(context.peer, context.doing, context.expected_name), std::nullopt};
  }
  if (from_tls && is_about_certificate(reason)) {
    return {Error{ErrorKind::tls_certificate, prefix + ERR_reason_error_string(code)},
            std::nullopt};
  }
  return {Error{ErrorKind::tls_protocol, prefix + protocol_text(reason, code, context.first_bytes)},
          std::nullopt};
}

}  // namespace outhaul::net
