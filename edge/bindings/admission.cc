#include "edge/bindings/admission.h"

#include <string>
#include <utility>

#include "common/http/syntax.h"

namespace outhaul::edge {

namespace {

constexpr std::string_view service_field = "x-vpc-service-id";
constexpr std::string_view token_field = "x-vpc-binding-token";
constexpr std::string_view tcp_suffix = ".tcp.vpc";
constexpr std::string_view scheme_field = "x-forwarded-proto";

EdgeFailure bad_request(std::string detail) {
  return refusal(400, tunnel::ProxyError::http_request_error, std::move(detail));
}

/// The service id of an authority `<service id>.tcp.vpc:1`, which names a service without proving
/// anything; nothing for any other authority, such as the one that workerd makes up.
std::optional<Uuid> service_in_authority(const http::RequestHead& head) {
  if (head.method != "CONNECT" || !head.protocol.empty()) return std::nullopt;
  const auto authority = http::parse_authority(head.authority);
  if (!authority || !authority->host.ends_with(tcp_suffix)) return std::nullopt;
  return parse_id(authority->host.substr(0, authority->host.size() - tcp_suffix.size()));
}

Admission admit_bound(std::string_view bound_service, const Snapshot& snapshot) {
  Admission admission;
  admission.service = snapshot.find_service(bound_service);
  if (!admission.service) {
    admission.failure = refusal(503, tunnel::ProxyError::destination_not_found,
                                "this listener serves one service, and that does not exist: "
                                "create it with outhaul-edge service create");
  }
  return admission;
}

Admission admit_by_token(const http::Fields& fields, const Snapshot& snapshot) {
  Admission admission;
  if (fields.count(service_field) != 1 || fields.count(token_field) != 1) {
    admission.failure = bad_request(
        "X-VPC-Service-Id and X-VPC-Binding-Token: each must be given exactly once, or use a "
        "listener that is bound to the service (--binding-listen WHERE?service=NAME)");
    return admission;
  }
  const Binding* binding =
      snapshot.authorize(*fields.find(service_field), *fields.find(token_field));
  if (!binding) {
    admission.failure = refusal(403, tunnel::ProxyError::http_request_denied,
                                "X-VPC-Binding-Token is no token of a binding to the service "
                                "that X-VPC-Service-Id names");
    return admission;
  }
  admission.service = snapshot.service(binding->service_id);
  admission.binding = binding->id.to_string();
  return admission;
}

}  // namespace

Admission admit(const http::RequestHead& head, std::string_view bound_service,
                const Snapshot& snapshot) {
  Admission admission = bound_service.empty() ? admit_by_token(head.fields, snapshot)
                                              : admit_bound(bound_service, snapshot);
  const auto named = service_in_authority(head);
  if (admission.service && named && *named != admission.service->id) {
    admission.service = nullptr;
    admission.failure = refusal(403, tunnel::ProxyError::http_request_denied,
                                "CONNECT: the authority names a service that this listener or "
                                "binding is not for");
  }
  return admission;
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
