#include "common/http/fault.h"

#include <doctest/doctest.h>

namespace outhaul::http {
namespace {

TEST_CASE("faults map to the answers of protocol.md section 4") {
  CHECK(request_status(FaultReason::syntax) == 400);
  CHECK(request_status(FaultReason::target_too_long) == 414);
  CHECK(request_status(FaultReason::expectation) == 417);
  CHECK(request_status(FaultReason::head_too_large) == 431);
  CHECK(request_status(FaultReason::field_too_large) == 431);
  CHECK(request_status(FaultReason::too_many_fields) == 431);
  CHECK(request_status(FaultReason::loop) == 502);
  CHECK(request_status(FaultReason::version) == 505);
  CHECK(request_error_type(FaultReason::loop) == "proxy_loop_detected");
  CHECK(request_error_type(FaultReason::syntax) == "http_request_error");
  CHECK(response_error_type(FaultReason::syntax) == "http_protocol_error");
  CHECK(response_error_type(FaultReason::too_many_fields) == "http_response_header_section_size");
}

TEST_CASE("faults as errors") {
  CHECK(request_error({FaultReason::syntax, "m"}).kind == ErrorKind::invalid);
  CHECK(request_error({FaultReason::head_too_large, "m"}).kind == ErrorKind::limit);
  CHECK(response_error({FaultReason::version, "m"}).kind == ErrorKind::protocol);
  CHECK(response_error({FaultReason::field_too_large, "m"}).kind == ErrorKind::limit);
  CHECK(response_error({FaultReason::syntax, "text"}).message == "text");
}

}  // namespace
}  // namespace outhaul::http
