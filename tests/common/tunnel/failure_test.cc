#include "common/tunnel/failure.h"

#include <string>

#include <doctest/doctest.h>

using namespace outhaul::tunnel;

namespace {

std::string row(Failure failure) {
  const FailureAnswer answer = answer_of(failure);
  return std::to_string(answer.status) + " " + std::string(to_string(answer.error)) +
         (answer.retry_after ? " retry-after" : "");
}

}  // namespace

TEST_CASE("the table of protocol section 4") {
  CHECK(row(Failure::no_route) == "500 destination_not_found");
  CHECK(row(Failure::bad_descriptor) == "400 http_request_error");
  CHECK(row(Failure::other_tunnel) == "421 http_request_error");
  CHECK(row(Failure::bad_request) == "400 http_request_error");
  CHECK(row(Failure::denied_by_policy) == "403 http_request_denied");
  CHECK(row(Failure::address_denied) == "502 destination_ip_prohibited");
  CHECK(row(Failure::dns_no_answer) == "504 dns_timeout");
  CHECK(row(Failure::dns_failed) == "502 dns_error");
  CHECK(row(Failure::unreachable) == "502 destination_ip_unroutable");
  CHECK(row(Failure::refused) == "502 connection_refused");
  CHECK(row(Failure::connect_timeout) == "504 connection_timeout");
  CHECK(row(Failure::origin_closed) == "502 connection_terminated");
  CHECK(row(Failure::response_timeout) == "504 http_response_timeout");
  CHECK(row(Failure::read_stalled) == "504 connection_read_timeout");
  CHECK(row(Failure::write_stalled) == "504 connection_write_timeout");
  CHECK(row(Failure::too_many_connections) == "503 connection_limit_reached retry-after");
  CHECK(row(Failure::circuit_open) == "503 destination_unavailable retry-after");
  CHECK(row(Failure::upgrade_failed) == "502 http_upgrade_failed");
  CHECK(row(Failure::tls_not_spoken) == "502 tls_protocol_error");
  CHECK(row(Failure::tls_certificate) == "502 tls_certificate_error");
  CHECK(row(Failure::tls_alert) == "502 tls_alert_received");
  CHECK(row(Failure::response_not_http) == "502 http_protocol_error");
  CHECK(row(Failure::response_headers_too_big) == "502 http_response_header_section_size");
  CHECK(row(Failure::request_headers_too_big) == "431 http_request_error");
  CHECK(row(Failure::path_too_long) == "414 http_request_error");
  CHECK(row(Failure::request_body_too_big) == "413 http_request_error");
  CHECK(row(Failure::unknown_expectation) == "417 http_request_error");
  CHECK(row(Failure::loop) == "502 proxy_loop_detected");
  CHECK(row(Failure::not_implemented) == "501 http_request_error");
}
