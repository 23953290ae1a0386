#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <openssl/types.h>

#include "common/base/result.h"

namespace outhaul::net {

/// A set of certificate authorities. Load each set once and share it: a system bundle takes
/// megabytes and milliseconds. Immutable, may be shared between threads.
class TrustStore {
 public:
  /// Where OpenSSL of this system looks (SSL_CERT_FILE and SSL_CERT_DIR override it).
  static Result<std::shared_ptr<const TrustStore>> system();
  /// A PEM file. The message of an error names it.
  static Result<std::shared_ptr<const TrustStore>> from_file(const std::string& path);
  /// PEM text; `name` stands for it in messages.
  static Result<std::shared_ptr<const TrustStore>> from_pem(std::string_view pem,
                                                            const std::string& name);
  ~TrustStore();
  TrustStore(const TrustStore&) = delete;
  TrustStore& operator=(const TrustStore&) = delete;

  X509_STORE* native() const { return store_; }

 private:
  explicit TrustStore(X509_STORE* store) : store_(store) {}
  X509_STORE* store_;
};

}  // namespace outhaul::net
