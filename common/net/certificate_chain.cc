#include "common/net/certificate_chain.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <openssl/x509_vfy.h>

#include "common/base/ip_address.h"
#include "common/net/certificate.h"
#include "common/net/pem.h"

namespace outhaul::net {

Result<CertificateChain> CertificateChain::parse(std::string_view pem, const std::string& name) {
  OUTHAUL_TRY(certificates, parse_certificates(pem, name));
  return CertificateChain(std::move(certificates));
}

std::string CertificateChain::subject() const {
  return name_text(X509_get_subject_name(certificates_.front().get()));
}

std::string CertificateChain::issuer() const {
  return name_text(X509_get_issuer_name(certificates_.front().get()));
}

std::vector<std::string> CertificateChain::names() const {
  return subject_names(certificates_.front().get());
}

Result<std::chrono::system_clock::time_point> CertificateChain::not_before() const {
  return net::not_before(certificates_.front().get());
}

Result<std::chrono::system_clock::time_point> CertificateChain::not_after() const {
  auto earliest = std::chrono::system_clock::time_point::max();
  for (const auto& each : certificates_) {
    OUTHAUL_TRY(end, net::not_after(each.get()));
    earliest = std::min(earliest, end);
  }
  return earliest;
}

std::optional<std::size_t> CertificateChain::misplaced() const {
  for (std::size_t i = 0; i + 1 < certificates_.size(); ++i) {
    if (X509_check_issued(certificates_[i + 1].get(), certificates_[i].get()) != X509_V_OK) {
      return i;
    }
  }
  return std::nullopt;
}

bool CertificateChain::covers(const std::string& host) const {
  X509* own = certificates_.front().get();
  if (const auto address = IpAddress::parse(host)) {
    return X509_check_ip_asc(own, address->to_string().c_str(), 0) == 1;
  }
  return X509_check_host(own, host.data(), host.size(), 0, nullptr) == 1;
}

Result<void> CertificateChain::verify(const TrustStore& trust) const {
  struct FreeContext {
    void operator()(X509_STORE_CTX* object) const { X509_STORE_CTX_free(object); }
  };
  struct FreeStack {
    // Of the stack alone: the certificates stay this object's.
    void operator()(STACK_OF(X509) * object) const { sk_X509_free(object); }
  };
  const std::unique_ptr<X509_STORE_CTX, FreeContext> context(X509_STORE_CTX_new());
  const std::unique_ptr<STACK_OF(X509), FreeStack> others(sk_X509_new_null());
  for (std::size_t i = 1; i < certificates_.size(); ++i)
    sk_X509_push(others.get(), certificates_[i].get());
  if (X509_STORE_CTX_init(context.get(), trust.native(), certificates_.front().get(),
                          others.get()) != 1) {
    return Error{ErrorKind::system, "the chain cannot be verified: no memory"};
  }
  X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_SERVER);
  if (X509_verify_cert(context.get()) == 1) return {};
  return Error{ErrorKind::tls_certificate,
               X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()))};
}

}  // namespace outhaul::net
