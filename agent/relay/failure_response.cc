#include "agent/relay/failure_response.h"

#include <utility>
#include <vector>

#include "common/tunnel/proxy_status.h"
#include "common/tunnel/ptth_names.h"

namespace outhaul::agent {

namespace {

constexpr std::string_view retry_after_seconds = "1";

/// Escapes for a JSON string. Details hold names and addresses; whatever else slips in must not
/// break the document.
void append_json_string(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte >= 0x7f) {
      out += "\\u00";
      out += digits[byte >> 4];
      out += digits[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

std::string problem_document(int status, std::string_view error, std::string_view detail) {
  std::string body = "{\"type\":\"about:blank\",\"title\":";
  append_json_string(body, error);
  body += ",\"status\":" + std::to_string(status) + ",\"detail\":";
  append_json_string(body, detail);
  body += "}\n";
  return body;
}

}  // namespace

tunnel::Failure failure_of_connecting(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::refused:
      return tunnel::Failure::refused;
    case ErrorKind::timed_out:
      return tunnel::Failure::connect_timeout;
    case ErrorKind::limit:
      return tunnel::Failure::too_many_connections;
    case ErrorKind::tls_certificate:
      return tunnel::Failure::tls_certificate;
    case ErrorKind::tls_alert:
      return tunnel::Failure::tls_alert;
    case ErrorKind::tls_protocol:
      return tunnel::Failure::tls_not_spoken;
    case ErrorKind::reset:
    case ErrorKind::closed:
      return tunnel::Failure::origin_closed;
    default:
      return tunnel::Failure::unreachable;
  }
}

tunnel::Failure failure_of_response(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::timed_out:
      return tunnel::Failure::response_timeout;
    case ErrorKind::protocol:
    case ErrorKind::invalid:
      return tunnel::Failure::response_not_http;
    case ErrorKind::limit:
      return tunnel::Failure::response_headers_too_big;
    case ErrorKind::tls_alert:
      return tunnel::Failure::tls_alert;
    case ErrorKind::tls_protocol:
      return tunnel::Failure::tls_not_spoken;
    default:
      return tunnel::Failure::origin_closed;
  }
}

tunnel::Failure failure_of_request(http::FaultReason reason) {
  switch (reason) {
    case http::FaultReason::target_too_long:
      return tunnel::Failure::path_too_long;
    case http::FaultReason::head_too_large:
    case http::FaultReason::field_too_large:
    case http::FaultReason::too_many_fields:
      return tunnel::Failure::request_headers_too_big;
    case http::FaultReason::expectation:
      return tunnel::Failure::unknown_expectation;
    case http::FaultReason::loop:
      return tunnel::Failure::loop;
    case http::FaultReason::syntax:
    case http::FaultReason::version:
      break;
  }
  return tunnel::Failure::bad_request;
}

FailureResponse make_failure_response(const RelayFailure& failure, const Uuid& tunnel_id,
                                      bool untouched) {
  const tunnel::FailureAnswer answer = tunnel::answer_of(failure.failure);
  const std::string_view error = tunnel::to_string(answer.error);
  FailureResponse response;
  response.body = problem_document(answer.status, error, failure.detail);
  response.head.status = answer.status;
  http::Fields& fields = response.head.fields;
  fields.add("content-type", "application/problem+json");
  fields.add("content-length", std::to_string(response.body.size()));
  if (answer.retry_after) fields.add("retry-after", retry_after_seconds);
  if (untouched) fields.add(tunnel::retry_field, tunnel::field_true);
  tunnel::ProxyStatus status;
  tunnel::ProxyStatusMember member;
  member.name = tunnel::agent_name(tunnel_id);
  member.error = error;
  member.details = failure.detail;
  member.rcode = failure.rcode;
  status.append(member);
  fields.add(tunnel::proxy_status_field, status.serialize());
  return response;
}

std::string own_proxy_status(const Uuid& tunnel_id) {
  // A name that needs no escape, so its text is the whole value.
  return '"' + tunnel::agent_name(tunnel_id) + '"';
}

std::string forwarded_proxy_status(const http::Fields& origin_fields, const Uuid& tunnel_id) {
  std::vector<std::string_view> lines;
  for (const http::Field field : origin_fields) {
    if (field.name == tunnel::proxy_status_field) lines.push_back(field.value);
  }
  if (lines.empty()) return own_proxy_status(tunnel_id);
  tunnel::ProxyStatus status;
  if (auto parsed = tunnel::ProxyStatus::parse(lines)) status = *std::move(parsed);
  tunnel::ProxyStatusMember member;
  member.name = tunnel::agent_name(tunnel_id);
  status.append(member);
  return status.serialize();
}

}  // namespace outhaul::agent
