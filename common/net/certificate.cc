#include "common/net/certificate.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <ctime>
#include <utility>

#include <openssl/sha.h>

#include "common/base/base64.h"
#include "common/base/ip_address.h"
#include "common/net/openssl_error.h"
#include "common/net/openssl_handles.h"
#include "common/net/pem.h"

namespace outhaul::net {

namespace {

constexpr std::string_view pin_prefix = "sha256/";

Result<OpensslPtr<X509>> first_certificate(std::string_view pem) {
  OUTHAUL_TRY(certificates, parse_certificates(pem, "certificate"));
  return std::move(certificates.front());
}

bool printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

std::string text_of(const ASN1_STRING* value) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
          static_cast<std::size_t>(ASN1_STRING_length(value))};
}

std::string ip_text(const ASN1_OCTET_STRING* value) {
  const unsigned char* data = ASN1_STRING_get0_data(value);
  if (ASN1_STRING_length(value) == 4) {
    in_addr address{};
    std::copy_n(data, 4, reinterpret_cast<unsigned char*>(&address));
    return IpAddress::from(address).to_string();
  }
  if (ASN1_STRING_length(value) == 16) {
    in6_addr address{};
    std::copy_n(data, 16, reinterpret_cast<unsigned char*>(&address));
    return IpAddress::from(address).to_string();
  }
  return {};
}

Result<std::chrono::system_clock::time_point> time_of(const ASN1_TIME* time, const char* problem) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return openssl_error(problem);
  return std::chrono::system_clock::from_time_t(timegm(&parts));
}

}  // namespace

std::string spki_pin(const X509* certificate) {
  unsigned char* der = nullptr;
  const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (length <= 0) return {};
  std::array<std::byte, SHA256_DIGEST_LENGTH> digest{};
  SHA256(der, static_cast<std::size_t>(length), reinterpret_cast<unsigned char*>(digest.data()));
  OPENSSL_free(der);
  return std::string(pin_prefix) + base64_encode(digest);
}

Result<std::string> pem_spki_pin(std::string_view pem) {
  OUTHAUL_TRY(certificate, first_certificate(pem));
  return spki_pin(certificate.get());
}

Result<void> check_pin(std::string_view text) {
  if (text.starts_with(pin_prefix)) {
    const auto digest = base64_decode(text.substr(pin_prefix.size()));
    if (digest && digest->size() == SHA256_DIGEST_LENGTH) return {};
  }
  return Error{ErrorKind::invalid,
               "pin: must be 'sha256/' and the standard base64 of the 32-byte SHA-256 of a "
               "certificate's public key (SubjectPublicKeyInfo)"};
}

Result<std::chrono::system_clock::time_point> pem_not_after(std::string_view pem) {
  OUTHAUL_TRY(certificate, first_certificate(pem));
  return not_after(certificate.get());
}

Result<std::chrono::system_clock::time_point> not_after(const X509* certificate) {
  return time_of(X509_get0_notAfter(certificate), "certificate: unreadable end of validity");
}

Result<std::chrono::system_clock::time_point> not_before(const X509* certificate) {
  return time_of(X509_get0_notBefore(certificate), "certificate: unreadable begin of validity");
}

std::vector<std::string> subject_names(const X509* certificate) {
  std::vector<std::string> names;
  const OpensslPtr<GENERAL_NAMES> entries(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(entries.get()); ++i) {
    int type = 0;
    const void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(entries.get(), i), &type);
    const auto* string = static_cast<const ASN1_STRING*>(value);
    std::string name;
    if (type == GEN_DNS) name = "DNS:" + text_of(string);
    if (type == GEN_URI) name = "URI:" + text_of(string);
    if (type == GEN_IPADD) name = "IP:" + ip_text(string);
    if (!name.empty() && printable(name)) names.push_back(std::move(name));
  }
  return names;
}

std::string common_name(const X509* certificate) {
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (index < 0) return {};
  std::string name = text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)));
  return printable(name) ? name : std::string();
}

std::string name_text(const X509_NAME* name) {
  const OpensslPtr<BIO> bio(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_ONELINE & ~XN_FLAG_SPC_EQ);
  char* data = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &data);
  constexpr long longest = 200;
  return {data, static_cast<std::size_t>(std::min(length, longest))};
}

}  // namespace outhaul::net
