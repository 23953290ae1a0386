#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/error.h"

namespace outhaul::http {

/// Why a message was refused, as far as the answer depends on it.
enum class FaultReason : std::uint8_t {
  syntax,           ///< breaks the grammar or a rule of protocol.md section 7
  version,          ///< not HTTP/1.0 or HTTP/1.1
  target_too_long,  ///< start line or path over its limit
  head_too_large,   ///< the header or trailer section as a whole
  field_too_large,  ///< one field line, or its name
  too_many_fields,  ///< number of field lines
  expectation,      ///< `expect` other than 100-continue
  loop,             ///< the request has passed here before (Via)
};

/// A refusal. The message names the rule and never quotes a field value.
struct Fault {
  FaultReason reason = FaultReason::syntax;
  std::string message;
};

/// Status with which a request of that fault is answered: 400, 414, 417, 431, 502 (loop) or 505.
int request_status(FaultReason reason);
/// RFC 9209 error type for a request of that fault (protocol.md section 4).
std::string_view request_error_type(FaultReason reason);
/// RFC 9209 error type for a response of that fault; its status is always 502.
std::string_view response_error_type(FaultReason reason);

/// As an Error: limits become ErrorKind::limit, the rest ErrorKind::invalid (it came in a request).
Error request_error(const Fault& fault);
/// As an Error: limits become ErrorKind::limit, the rest ErrorKind::protocol (the origin's doing).
Error response_error(const Fault& fault);

}  // namespace outhaul::http
