#include "common/net/certificate_authority.h"

#include <array>
#include <ctime>
#include <utility>

#include <openssl/pem.h>
#include <openssl/rand.h>

#include "common/net/certificate.h"
#include "common/net/openssl_error.h"
#include "common/net/pem.h"

namespace outhaul::net {

namespace {

OpensslPtr<EVP_PKEY> new_key() {
  return OpensslPtr<EVP_PKEY>(EVP_EC_gen("P-256"));
}

bool set_random_serial(X509* certificate) {
  // RFC 5280 section 4.1.2.2: positive, at most 20 bytes; half of that is unique enough.
  std::array<unsigned char, 10> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return false;
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7f) | 0x40);
  ASN1_INTEGER* serial = X509_get_serialNumber(certificate);
  return ASN1_STRING_set(serial, bytes.data(), static_cast<int>(bytes.size())) == 1;
}

bool set_times(X509* certificate, const Validity& validity) {
  const auto begin = std::chrono::system_clock::to_time_t(validity.not_before);
  const auto end = std::chrono::system_clock::to_time_t(validity.not_after);
  return ASN1_TIME_set(X509_getm_notBefore(certificate), begin) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), end) != nullptr;
}

bool set_common_name(X509* certificate, const std::string& name) {
  // The attribute holds 64 characters (RFC 5280 appendix A.1); the names that count are elsewhere.
  constexpr std::size_t limit = 64;
  const std::string text = name.substr(0, limit);
  return X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(text.data()),
                                    static_cast<int>(text.size()), -1, 0) == 1;
}

bool add_extension(X509* certificate, X509* issuer, int type, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const OpensslPtr<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, type, value));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool add_name(GENERAL_NAMES* names, int type, Bytes value) {
  OpensslPtr<GENERAL_NAME> name(GENERAL_NAME_new());
  // IA5String for names, OCTET STRING for addresses: one struct inside OpenSSL.
  ASN1_STRING* text =
      ASN1_STRING_type_new(type == GEN_IPADD ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);
  if (!name || text == nullptr) return false;
  GENERAL_NAME_set0_value(name.get(), type, text);
  if (ASN1_STRING_set(text, value.data(), static_cast<int>(value.size())) != 1) return false;
  if (sk_GENERAL_NAME_push(names, name.get()) <= 0) return false;
  [[maybe_unused]] const GENERAL_NAME* owned_by_names = name.release();
  return true;
}

bool add_subject_names(X509* certificate, const LeafRequest& request) {
  const OpensslPtr<GENERAL_NAMES> names(GENERAL_NAMES_new());
  if (!names) return false;
  for (const std::string& name : request.dns_names)
    if (!add_name(names.get(), GEN_DNS, as_bytes(name))) return false;
  for (const IpAddress& address : request.ip_addresses)
    if (!add_name(names.get(), GEN_IPADD, address.bytes())) return false;
  for (const std::string& uri : request.uris)
    if (!add_name(names.get(), GEN_URI, as_bytes(uri))) return false;
  return X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, 0) == 1;
}

/// A version 3 certificate with everything but issuer, extensions and signature.
OpensslPtr<X509> new_certificate(const std::string& common_name, EVP_PKEY* key,
                                 const Validity& validity) {
  OpensslPtr<X509> certificate(X509_new());
  constexpr long version_3 = 2;
  if (!certificate || X509_set_version(certificate.get(), version_3) != 1 ||
      !set_random_serial(certificate.get()) || !set_times(certificate.get(), validity) ||
      !set_common_name(certificate.get(), common_name) ||
      X509_set_pubkey(certificate.get(), key) != 1) {
    return nullptr;
  }
  return certificate;
}

std::string certificate_to_pem(X509* certificate) {
  const OpensslPtr<BIO> bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string key_to_pem(EVP_PKEY* key) {
  const OpensslPtr<BIO> bio(BIO_new(BIO_s_secmem()));
  PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

Validity Validity::starting_now(std::chrono::hours life) {
  const auto now = std::chrono::system_clock::now();
  return {now - std::chrono::minutes(5), now + life};
}

CertificateAuthority::CertificateAuthority(OpensslPtr<X509> certificate, OpensslPtr<EVP_PKEY> key)
    : certificate_(std::move(certificate)), key_(std::move(key)) {}

Result<CertificateAuthority> CertificateAuthority::create(const std::string& common_name,
                                                          Validity validity) {
  OpensslPtr<EVP_PKEY> key = new_key();
  OpensslPtr<X509> certificate;
  if (key) certificate = new_certificate(common_name, key.get(), validity);
  X509* self = certificate.get();
  // pathlen:0: it issues leaves, nobody below it issues more.
  if (self == nullptr || X509_set_issuer_name(self, X509_get_subject_name(self)) != 1 ||
      !add_extension(self, self, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
      !add_extension(self, self, NID_key_usage, "critical,keyCertSign,cRLSign") ||
      !add_extension(self, self, NID_subject_key_identifier, "hash") ||
      X509_sign(self, key.get(), EVP_sha256()) <= 0) {
    return openssl_error("create certificate authority '" + common_name + "'");
  }
  return CertificateAuthority(std::move(certificate), std::move(key));
}

Result<CertificateAuthority> CertificateAuthority::load(const KeyPair& pair) {
  OUTHAUL_TRY(certificates, parse_certificates(pair.chain_pem, pair.chain_name));
  OUTHAUL_TRY(key, parse_private_key(pair.key_pem, pair.key_name));
  if (X509_check_private_key(certificates.front().get(), key.get()) != 1) {
    return openssl_error(pair.key_name + " does not fit " + pair.chain_name);
  }
  if (X509_check_ca(certificates.front().get()) != 1) {
    return Error{ErrorKind::invalid, pair.chain_name + ": not a certificate authority"};
  }
  return CertificateAuthority(std::move(certificates.front()), std::move(key));
}

Result<KeyPair> CertificateAuthority::issue(const LeafRequest& request) const {
  if (request.dns_names.empty() && request.ip_addresses.empty() && request.uris.empty()) {
    return Error{ErrorKind::invalid,
                 "certificate '" + request.common_name +
                     "': needs at least one DNS name, IP address or URI to be valid for"};
  }
  const OpensslPtr<EVP_PKEY> key = new_key();
  OpensslPtr<X509> certificate;
  if (key) certificate = new_certificate(request.common_name, key.get(), request.validity);
  X509* leaf = certificate.get();
  const char* use = request.use == CertificateUse::server ? "serverAuth" : "clientAuth";
  if (leaf == nullptr ||
      X509_set_issuer_name(leaf, X509_get_subject_name(certificate_.get())) != 1 ||
      !add_extension(leaf, certificate_.get(), NID_basic_constraints, "critical,CA:FALSE") ||
      !add_extension(leaf, certificate_.get(), NID_key_usage, "critical,digitalSignature") ||
      !add_extension(leaf, certificate_.get(), NID_ext_key_usage, use) ||
      !add_extension(leaf, certificate_.get(), NID_subject_key_identifier, "hash") ||
      !add_extension(leaf, certificate_.get(), NID_authority_key_identifier, "keyid") ||
      !add_subject_names(leaf, request) || X509_sign(leaf, key_.get(), EVP_sha256()) <= 0) {
    return openssl_error("issue certificate '" + request.common_name + "'");
  }
  KeyPair pair;
  pair.chain_pem = certificate_to_pem(leaf) + certificate_pem();
  pair.key_pem = key_to_pem(key.get());
  pair.chain_name = "certificate for '" + request.common_name + "'";
  pair.key_name = "private key for '" + request.common_name + "'";
  return pair;
}

std::string CertificateAuthority::certificate_pem() const {
  return certificate_to_pem(certificate_.get());
}

std::string CertificateAuthority::key_pem() const {
  return key_to_pem(key_.get());
}

std::string CertificateAuthority::pin() const {
  return spki_pin(certificate_.get());
}

}  // namespace outhaul::net
