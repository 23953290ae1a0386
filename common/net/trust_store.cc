#include "common/net/trust_store.h"

#include <cstddef>

#include <openssl/err.h>

#include "common/net/openssl_error.h"
#include "common/net/openssl_handles.h"
#include "common/net/pem.h"

namespace outhaul::net {

namespace {
constexpr std::size_t bundle_limit = std::size_t{16} * 1024 * 1024;
}  // namespace

TrustStore::~TrustStore() {
  X509_STORE_free(store_);
}

Result<std::shared_ptr<const TrustStore>> TrustStore::system() {
  OpensslPtr<X509_STORE> store(X509_STORE_new());
  if (!store || X509_STORE_set_default_paths(store.get()) != 1) {
    return openssl_error("system trust store");
  }
  // A missing default file leaves its mark in the queue but is no failure.
  ERR_clear_error();
  return std::shared_ptr<const TrustStore>(new TrustStore(store.release()));
}

Result<std::shared_ptr<const TrustStore>> TrustStore::from_file(const std::string& path) {
  OUTHAUL_TRY(pem, read_file(path, bundle_limit));
  return from_pem(pem, "CA file '" + path + "'");
}

Result<std::shared_ptr<const TrustStore>> TrustStore::from_pem(std::string_view pem,
                                                               const std::string& name) {
  OUTHAUL_TRY(certificates, parse_certificates(pem, name));
  OpensslPtr<X509_STORE> store(X509_STORE_new());
  for (const auto& certificate : certificates) {
    if (X509_STORE_add_cert(store.get(), certificate.get()) != 1) return openssl_error(name);
  }
  // Whatever the file names is trusted, an intermediate or a server's own certificate as well.
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
  return std::shared_ptr<const TrustStore>(new TrustStore(store.release()));
}

}  // namespace outhaul::net
