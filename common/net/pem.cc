#include "common/net/pem.h"

#include <cerrno>

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <unistd.h>

#include "common/net/fd.h"
#include "common/net/openssl_error.h"

namespace outhaul::net {

namespace {

// Without it OpenSSL would ask for a pass phrase on the terminal.
int no_pass_phrase(char*, int, int, void*) {
  return -1;
}

}  // namespace

OpensslPtr<BIO> text_bio(std::string_view text) {
  return OpensslPtr<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return system_error(errno, "open '" + path + "'");
  std::string text;
  char block[16 * 1024];
  for (;;) {
    const ssize_t got = ::read(fd.get(), block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error(errno, "read '" + path + "'");
    if (got == 0) return text;
    text.append(block, static_cast<std::size_t>(got));
    if (text.size() > limit) {
      return Error{ErrorKind::limit, "read '" + path + "': larger than " + std::to_string(limit) +
                                         " bytes; is it the right file?"};
    }
  }
}

Result<std::vector<OpensslPtr<X509>>> parse_certificates(std::string_view pem,
                                                         const std::string& name) {
  ERR_clear_error();
  std::vector<OpensslPtr<X509>> certificates;
  const OpensslPtr<BIO> bio = text_bio(pem);
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, no_pass_phrase, nullptr))
    certificates.emplace_back(certificate);
  const unsigned long last = ERR_peek_last_error();
  const bool at_end =
      ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
  if (certificates.empty()) {
    return openssl_error(name + ": no certificate in PEM form ('BEGIN CERTIFICATE') found");
  }
  if (!at_end) {
    return openssl_error(name + ": certificate " + std::to_string(certificates.size() + 1) +
                         " is damaged");
  }
  ERR_clear_error();
  return certificates;
}

Result<OpensslPtr<EVP_PKEY>> parse_private_key(std::string_view pem, const std::string& name) {
  ERR_clear_error();
  const OpensslPtr<BIO> bio = text_bio(pem);
  OpensslPtr<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_pass_phrase, nullptr));
  if (!key) {
    return openssl_error(name +
                         ": no unencrypted private key in PEM form found (decrypt it with "
                         "'openssl pkey' if it has a pass phrase)");
  }
  return key;
}

}  // namespace outhaul::net
