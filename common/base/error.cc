#include "common/base/error.h"

#include <cerrno>
#include <cstring>

namespace outhaul {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid:
      return "invalid";
    case ErrorKind::not_found:
      return "not_found";
    case ErrorKind::denied:
      return "denied";
    case ErrorKind::limit:
      return "limit";
    case ErrorKind::closed:
      return "closed";
    case ErrorKind::reset:
      return "reset";
    case ErrorKind::refused:
      return "refused";
    case ErrorKind::unreachable:
      return "unreachable";
    case ErrorKind::timed_out:
      return "timed_out";
    case ErrorKind::cancelled:
      return "cancelled";
    case ErrorKind::protocol:
      return "protocol";
    case ErrorKind::tls_protocol:
      return "tls_protocol";
    case ErrorKind::tls_certificate:
      return "tls_certificate";
    case ErrorKind::tls_alert:
      return "tls_alert";
    case ErrorKind::dns_timeout:
      return "dns_timeout";
    case ErrorKind::dns_failure:
      return "dns_failure";
    case ErrorKind::system:
      return "system";
  }
  return "unknown";
}

namespace {

ErrorKind kind_of(int error_number) {
  switch (error_number) {
    case ECONNREFUSED:
      return ErrorKind::refused;
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE:
      return ErrorKind::reset;
    case ETIMEDOUT:
      return ErrorKind::timed_out;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
    case EADDRNOTAVAIL:
    case EACCES:
    case EPERM:
      return ErrorKind::unreachable;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      return ErrorKind::limit;
    case ENOENT:
      return ErrorKind::not_found;
    default:
      return ErrorKind::system;
  }
}

}  // namespace

Error system_error(int error_number, std::string_view doing) {
  std::string message(doing);
  message += ": ";
  message += std::strerror(error_number);
  return Error{kind_of(error_number), std::move(message)};
}

}  // namespace outhaul
