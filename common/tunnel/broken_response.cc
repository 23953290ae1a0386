#include "common/tunnel/broken_response.h"

namespace outhaul::tunnel {

ProxyError broken_response(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::closed:
      return ProxyError::http_response_incomplete;
    case ErrorKind::timed_out:
      return ProxyError::connection_read_timeout;
    case ErrorKind::invalid:
    case ErrorKind::protocol:
    case ErrorKind::limit:
      return ProxyError::http_protocol_error;
    case ErrorKind::tls_alert:
      return ProxyError::tls_alert_received;
    case ErrorKind::tls_protocol:
      return ProxyError::tls_protocol_error;
    default:
      return ProxyError::connection_terminated;
  }
}

}  // namespace outhaul::tunnel
