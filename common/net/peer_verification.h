#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <openssl/types.h>

#include "common/base/error.h"

namespace outhaul::net {

/// What was wrong with the peer's certificates, kept from inside the handshake until it has failed.
struct PeerFailure {
  bool seen = false;
  bool no_pin_matched = false;
  int code = 0;  ///< X509_V_ERR_...
  std::string reason;
  std::string subject;             ///< of the certificate at fault
  std::string issuer;              ///< of the same
  std::vector<std::string> names;  ///< of the peer's own certificate
  std::vector<std::string> presented_pins;
};

/// OpenSSL's certificate verification callback. `pins` is a const std::vector<std::string>*; when
/// it is not empty, the presented certificates with these keys are the only trust anchors. The
/// SSL's app data is a PeerFailure*, which tells afterwards why it said no.
int verify_peer(X509_STORE_CTX* verification, void* pins);

/// Kind tls_certificate: "<doing>: <what is wrong>; <what to do>". `expected_name` is what the
/// certificate should have been for.
Error describe(const PeerFailure& failure, std::string_view doing, std::string_view expected_name);

}  // namespace outhaul::net
