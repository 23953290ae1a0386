#include "common/http/fault.h"

namespace outhaul::http {
namespace {

bool is_limit(FaultReason reason) {
  switch (reason) {
    case FaultReason::target_too_long:
    case FaultReason::head_too_large:
    case FaultReason::field_too_large:
    case FaultReason::too_many_fields:
      return true;
    case FaultReason::syntax:
    case FaultReason::version:
    case FaultReason::expectation:
    case FaultReason::loop:
      return false;
  }
  return false;
}

}  // namespace

int request_status(FaultReason reason) {
  switch (reason) {
    case FaultReason::syntax:
      return 400;
    case FaultReason::version:
      return 505;
    case FaultReason::target_too_long:
      return 414;
    case FaultReason::head_too_large:
    case FaultReason::field_too_large:
    case FaultReason::too_many_fields:
      return 431;
    case FaultReason::expectation:
      return 417;
    case FaultReason::loop:
      return 502;
  }
  return 400;
}

std::string_view request_error_type(FaultReason reason) {
  return reason == FaultReason::loop ? "proxy_loop_detected" : "http_request_error";
}

std::string_view response_error_type(FaultReason reason) {
  return is_limit(reason) ? "http_response_header_section_size" : "http_protocol_error";
}

Error request_error(const Fault& fault) {
  return {.kind = is_limit(fault.reason) ? ErrorKind::limit : ErrorKind::invalid,
          .message = fault.message};
}

Error response_error(const Fault& fault) {
  return {.kind = is_limit(fault.reason) ? ErrorKind::limit : ErrorKind::protocol,
          .message = fault.message};
}

}  // namespace outhaul::http
