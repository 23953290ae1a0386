#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/net/openssl_handles.h"
#include "common/net/trust_store.h"

namespace outhaul::net {

/// A certificate chain as its owner would show it, looked at before anybody connects.
class CertificateChain {
 public:
  /// The own certificate first. Error kind `invalid` with `name`.
  static Result<CertificateChain> parse(std::string_view pem, const std::string& name);

  std::size_t size() const { return certificates_.size(); }
  /// For people: "CN=edge.example.net"; of the own certificate.
  std::string subject() const;
  std::string issuer() const;
  std::vector<std::string> names() const;

  /// Of the own certificate.
  Result<std::chrono::system_clock::time_point> not_before() const;
  /// Of the certificate that ends first.
  Result<std::chrono::system_clock::time_point> not_after() const;

  /// The index of the first certificate whose issuer is not the next one, as RFC 8446 section
  /// 4.4.2 wants it; nothing when the order is right. What the last one's issuer is does not count.
  std::optional<std::size_t> misplaced() const;

  /// Whether the own certificate is for this DNS name or IP address.
  bool covers(const std::string& host) const;

  /// Whether a client that trusts these authorities would accept it as a server's. The error says
  /// why not.
  Result<void> verify(const TrustStore& trust) const;

 private:
  explicit CertificateChain(std::vector<OpensslPtr<X509>> certificates)
      : certificates_(std::move(certificates)) {}
  std::vector<OpensslPtr<X509>> certificates_;
};

}  // namespace outhaul::net
