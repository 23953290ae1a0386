#include "common/net/openssl_error.h"

#include <cstring>

#include <openssl/err.h>

namespace outhaul::net {

std::string take_openssl_reason(std::string_view fallback) {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return std::string(fallback);
  if (ERR_SYSTEM_ERROR(code)) return std::strerror(ERR_GET_REASON(code));
  const char* reason = ERR_reason_error_string(code);
  return reason == nullptr ? std::string(fallback) : reason;
}

Error openssl_error(std::string_view doing) {
  return Error{ErrorKind::invalid,
               std::string(doing) + ": " + take_openssl_reason("OpenSSL gives no reason")};
}

}  // namespace outhaul::net
