#include "common/tunnel/failure.h"

#include <cstdlib>

namespace outhaul::tunnel {

std::string_view to_string(ProxyError error) {
  switch (error) {
    case ProxyError::dns_timeout:
      return "dns_timeout";
    case ProxyError::dns_error:
      return "dns_error";
    case ProxyError::destination_not_found:
      return "destination_not_found";
    case ProxyError::destination_unavailable:
      return "destination_unavailable";
    case ProxyError::destination_ip_prohibited:
      return "destination_ip_prohibited";
    case ProxyError::destination_ip_unroutable:
      return "destination_ip_unroutable";
    case ProxyError::connection_refused:
      return "connection_refused";
    case ProxyError::connection_terminated:
      return "connection_terminated";
    case ProxyError::connection_timeout:
      return "connection_timeout";
    case ProxyError::connection_read_timeout:
      return "connection_read_timeout";
    case ProxyError::connection_write_timeout:
      return "connection_write_timeout";
    case ProxyError::connection_limit_reached:
      return "connection_limit_reached";
    case ProxyError::tls_protocol_error:
      return "tls_protocol_error";
    case ProxyError::tls_certificate_error:
      return "tls_certificate_error";
    case ProxyError::tls_alert_received:
      return "tls_alert_received";
    case ProxyError::http_request_error:
      return "http_request_error";
    case ProxyError::http_request_denied:
      return "http_request_denied";
    case ProxyError::http_response_incomplete:
      return "http_response_incomplete";
    case ProxyError::http_response_header_section_size:
      return "http_response_header_section_size";
    case ProxyError::http_response_timeout:
      return "http_response_timeout";
    case ProxyError::http_upgrade_failed:
      return "http_upgrade_failed";
    case ProxyError::http_protocol_error:
      return "http_protocol_error";
    case ProxyError::proxy_loop_detected:
      return "proxy_loop_detected";
  }
  std::abort();
}

FailureAnswer answer_of(Failure failure) {
  switch (failure) {
    case Failure::no_route:
      return {500, ProxyError::destination_not_found, false};
    case Failure::bad_descriptor:
      return {400, ProxyError::http_request_error, false};
    case Failure::other_tunnel:
      return {421, ProxyError::http_request_error, false};
    case Failure::bad_request:
      return {400, ProxyError::http_request_error, false};
    case Failure::denied_by_policy:
      return {403, ProxyError::http_request_denied, false};
    case Failure::address_denied:
      return {502, ProxyError::destination_ip_prohibited, false};
    case Failure::dns_no_answer:
      return {504, ProxyError::dns_timeout, false};
    case Failure::dns_failed:
      return {502, ProxyError::dns_error, false};
    case Failure::unreachable:
      return {502, ProxyError::destination_ip_unroutable, false};
    case Failure::refused:
      return {502, ProxyError::connection_refused, false};
    case Failure::connect_timeout:
      return {504, ProxyError::connection_timeout, false};
    case Failure::origin_closed:
      return {502, ProxyError::connection_terminated, false};
    case Failure::response_timeout:
      return {504, ProxyError::http_response_timeout, false};
    case Failure::read_stalled:
      return {504, ProxyError::connection_read_timeout, false};
    case Failure::write_stalled:
      return {504, ProxyError::connection_write_timeout, false};
    case Failure::too_many_connections:
      return {503, ProxyError::connection_limit_reached, true};
    case Failure::circuit_open:
      return {503, ProxyError::destination_unavailable, true};
    case Failure::upgrade_failed:
      return {502, ProxyError::http_upgrade_failed, false};
    case Failure::tls_not_spoken:
      return {502, ProxyError::tls_protocol_error, false};
    case Failure::tls_certificate:
      return {502, ProxyError::tls_certificate_error, false};
    case Failure::tls_alert:
      return {502, ProxyError::tls_alert_received, false};
    case Failure::response_not_http:
      return {502, ProxyError::http_protocol_error, false};
    case Failure::response_headers_too_big:
      return {502, ProxyError::http_response_header_section_size, false};
    case Failure::request_headers_too_big:
      return {431, ProxyError::http_request_error, false};
    case Failure::path_too_long:
      return {414, ProxyError::http_request_error, false};
    case Failure::request_body_too_big:
      return {413, ProxyError::http_request_error, false};
    case Failure::unknown_expectation:
      return {417, ProxyError::http_request_error, false};
    case Failure::loop:
      return {502, ProxyError::proxy_loop_detected, false};
    case Failure::not_implemented:
      return {501, ProxyError::http_request_error, false};
  }
  std::abort();
}

}  // namespace outhaul::tunnel
