#include "common/net/peer_verification.h"

#include <algorithm>
#include <cstddef>

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "common/net/certificate.h"
#include "common/net/openssl_handles.h"

namespace outhaul::net {

namespace {

using Pins = std::vector<std::string>;

PeerFailure* failure_of(X509_STORE_CTX* verification) {
  void* ssl = X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx());
  if (ssl == nullptr) return nullptr;
  return static_cast<PeerFailure*>(SSL_get_ex_data(static_cast<SSL*>(ssl), 0));
}

/// Makes the pinned ones among the presented certificates the trust anchors, in place of the
/// store. `anchors` borrows them and has to outlive the verification. False when there is none.
bool trust_pinned(X509_STORE_CTX* verification, const Pins& pins, STACK_OF(X509) * anchors,
                  PeerFailure* failure) {
  const auto consider = [&](X509* certificate) {
    const std::string pin = spki_pin(certificate);
    if (failure != nullptr) failure->presented_pins.push_back(pin);
    if (std::find(pins.begin(), pins.end(), pin) != pins.end()) sk_X509_push(anchors, certificate);
  };
  X509* own = X509_STORE_CTX_get0_cert(verification);
  STACK_OF(X509)* presented = X509_STORE_CTX_get0_untrusted(verification);
  consider(own);
  for (int i = 0; i < sk_X509_num(presented); ++i) {
    X509* certificate = sk_X509_value(presented, i);
    if (X509_cmp(certificate, own) != 0) consider(certificate);
  }
  if (sk_X509_num(anchors) == 0) return false;
  X509_STORE_CTX_set0_trusted_stack(verification, anchors);
  // The anchor may be an intermediate or the peer's own certificate.
  X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(verification), X509_V_FLAG_PARTIAL_CHAIN);
  return true;
}

void record(X509_STORE_CTX* verification, PeerFailure& failure) {
  failure.seen = true;
  failure.code = X509_STORE_CTX_get_error(verification);
  failure.reason = X509_verify_cert_error_string(failure.code);
  const X509* at_fault = X509_STORE_CTX_get_current_cert(verification);
  const X509* own = X509_STORE_CTX_get0_cert(verification);
  if (at_fault == nullptr) at_fault = own;
  if (at_fault == nullptr) return;
  failure.subject = name_text(X509_get_subject_name(at_fault));
  failure.issuer = name_text(X509_get_issuer_name(at_fault));
  if (own != nullptr) failure.names = subject_names(own);
}

std::string join(const std::vector<std::string>& items, std::size_t limit) {
  std::string text;
  for (std::size_t i = 0; i < std::min(items.size(), limit); ++i)
    text += (i == 0 ? "" : ", ") + items[i];
  if (items.size() > limit) text += " and " + std::to_string(items.size() - limit) + " more";
  return text;
}

std::string wrong_name(const PeerFailure& failure, std::string_view expected) {
  constexpr std::size_t shown_names = 6;
  const std::string names = failure.names.empty() ? "has no subject alternative name"
                                                  : "is for " + join(failure.names, shown_names);
  return "the certificate " + names + ", not for '" + std::string(expected) +
         "'; connect with a name that it holds, or give the server a certificate for this name";
}

const char* untrusted_hint(const PeerFailure& failure) {
  // Pins were looked for only where pins are in use.
  if (!failure.presented_pins.empty()) {
    return "; a pinned certificate was sent along, but it did not issue the peer's own: find out "
           "who answers at this address";
  }
  return "; trust that issuer with a CA file, or make the server send its whole chain";
}

std::string explain(const PeerFailure& failure, std::string_view expected) {
  constexpr std::size_t shown_pins = 8;
  if (failure.no_pin_matched) {
    return "no certificate matches a pin; the peer presented " +
           join(failure.presented_pins, shown_pins) +
           "; if this is the right server, put one of these among the pins, else find out who "
           "answers at this address";
  }
  const std::string which = failure.reason + " (" + failure.subject + ")";
  switch (failure.code) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return wrong_name(failure, expected);
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return which + "; renew that certificate, or set this machine's clock";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return which + ", issued by " + failure.issuer + untrusted_hint(failure);
    case X509_V_ERR_INVALID_PURPOSE:
      return which + "; the certificate was issued for another use than this";
    default:
      return which;
  }
}

}  // namespace

int verify_peer(X509_STORE_CTX* verification, void* pins) {
  PeerFailure* failure = failure_of(verification);
  const auto& wanted = *static_cast<const Pins*>(pins);
  // Borrows its certificates, so it is freed without them.
  STACK_OF(X509)* anchors = sk_X509_new_null();
  bool accepted = false;
  if (wanted.empty() || trust_pinned(verification, wanted, anchors, failure)) {
    accepted = X509_verify_cert(verification) == 1;
  } else {
    X509_STORE_CTX_set_error(verification, X509_V_ERR_APPLICATION_VERIFICATION);
    if (failure != nullptr) failure->no_pin_matched = true;
  }
  if (!accepted && failure != nullptr) record(verification, *failure);
  if (!wanted.empty()) X509_STORE_CTX_set0_trusted_stack(verification, nullptr);
  sk_X509_free(anchors);
  return accepted ? 1 : 0;
}

Error describe(const PeerFailure& failure, std::string_view doing, std::string_view expected_name) {
  return Error{ErrorKind::tls_certificate,
               std::string(doing) + ": " + explain(failure, expected_name)};
}

}  // namespace outhaul::net
