#pragma once

#include <memory>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace outhaul::net {

/// Owners of OpenSSL objects. For sources of this layer; public headers only name the types.
struct OpensslDelete {
  void operator()(BIO* object) const { BIO_free_all(object); }
  void operator()(BIO_METHOD* object) const { BIO_meth_free(object); }
  void operator()(EVP_PKEY* object) const { EVP_PKEY_free(object); }
  void operator()(SSL* object) const { SSL_free(object); }
  void operator()(SSL_CTX* object) const { SSL_CTX_free(object); }
  void operator()(X509* object) const { X509_free(object); }
  void operator()(X509_EXTENSION* object) const { X509_EXTENSION_free(object); }
  void operator()(X509_STORE* object) const { X509_STORE_free(object); }
  void operator()(GENERAL_NAMES* object) const { GENERAL_NAMES_free(object); }
  void operator()(GENERAL_NAME* object) const { GENERAL_NAME_free(object); }
  void operator()(ASN1_OCTET_STRING* object) const { ASN1_OCTET_STRING_free(object); }
  /// A stack that owns its certificates.
  void operator()(STACK_OF(X509) * object) const { sk_X509_pop_free(object, X509_free); }
};

template <typename T>
using OpensslPtr = std::unique_ptr<T, OpensslDelete>;

}  // namespace outhaul::net
