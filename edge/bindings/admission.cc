#include "edge/bindings/admission.h"

#include <string>
#include <utility>

#include "common/http/h1_framing.h"
#include "common/http/syntax.h"

namespace outhaul::edge {

namespace {

constexpr std::string_view service_field = "x-vpc-service-id";
constexpr std::string_view token_field = "x-vpc-binding-token";
constexpr std::string_view scheme_field = "x-forwarded-proto";

EdgeFailure refuse(int status, tunnel::ProxyError error, std::string detail) {
  EdgeFailure failure;
  failure.status = status;
  failure.error = error;
  failure.detail = std::move(detail);
  return failure;
}

EdgeFailure bad_request(std::string detail) {
  return refuse(400, tunnel::ProxyError::http_request_error, std::move(detail));
}

bool asks_for_websocket(const http::Fields& fields) {
  bool upgrade = false;
  for (const std::string_view option : http::connection_options(fields)) {
    if (http::equals_ignoring_case(option, "upgrade")) upgrade = true;
  }
  bool websocket = false;
  for (const http::Field field : fields) {
    if (field.name != "upgrade") continue;
    http::for_each_member(field.value, [&websocket](std::string_view member) {
      if (http::equals_ignoring_case(member, "websocket")) websocket = true;
    });
  }
  return upgrade && websocket;
}

}  // namespace

Admission admit(const http::RequestHead& head, std::string_view bound_service,
                const Snapshot& snapshot) {
  Admission admission;
  if (!bound_service.empty()) {
    admission.service = snapshot.find_service(bound_service);
    if (!admission.service) {
      admission.failure = refuse(503, tunnel::ProxyError::destination_not_found,
                                 "this listener serves one service, and that does not exist: "
                                 "create it with outhaul-edge service create");
    }
    return admission;
  }
  if (head.fields.count(service_field) != 1 || head.fields.count(token_field) != 1) {
    admission.failure =
        bad_request("X-VPC-Service-Id and X-VPC-Binding-Token: each must be given exactly once");
    return admission;
  }
  admission.service =
      snapshot.authorize(*head.fields.find(service_field), *head.fields.find(token_field));
  if (!admission.service) {
    admission.failure = refuse(403, tunnel::ProxyError::http_request_denied,
                               "X-VPC-Binding-Token is no token of a binding to the service "
                               "that X-VPC-Service-Id names");
  }
  return admission;
}

std::optional<EdgeFailure> refuse_unsupported(const http::RequestHead& head) {
  if (head.method == "CONNECT") {
    return refuse(501, tunnel::ProxyError::http_request_error,
                  "CONNECT is not served by this version of outhaul-edge: only http services are");
  }
  if (asks_for_websocket(head.fields)) {
    return refuse(501, tunnel::ProxyError::http_request_error,
                  "WebSocket upgrades are not served by this version of outhaul-edge");
  }
  return std::nullopt;
}

std::optional<EdgeFailure> settle_scheme(http::RequestHead& head, SchemeSource source) {
  if (source == SchemeSource::request_target) return std::nullopt;
  const auto forwarded = head.fields.find(scheme_field);
  if (!forwarded) {
    if (head.scheme.empty()) head.scheme = "http";
    return std::nullopt;
  }
  const bool known = *forwarded == "http" || *forwarded == "https";
  if (!known || head.fields.count(scheme_field) > 1) {
    return bad_request("X-Forwarded-Proto: must be http or https, given once");
  }
  head.scheme = *forwarded;
  return std::nullopt;
}

}  // namespace outhaul::edge
