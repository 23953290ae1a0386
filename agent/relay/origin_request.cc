#include "agent/relay/origin_request.h"

#include <utility>

#include "agent/relay/limited_body.h"
#include "common/http/field_filter.h"
#include "common/http/syntax.h"
#include "common/http/translation.h"
#include "common/http/via.h"

namespace outhaul::agent {

namespace {

bool is_idempotent(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE" ||
         method == "PUT" || method == "DELETE";
}

http::Framing framing_of(const http::Fields& fields, bool has_body) {
  std::optional<std::string_view> length;
  if (fields.may_have(http::field_traits::restricted)) length = fields.find("content-length");
  // check_request has seen that it is one number.
  if (length) {
    return {.kind = http::BodyKind::content_length,
            .length = http::parse_decimal(*length).value_or(0)};
  }
  return {.kind = has_body ? http::BodyKind::chunked : http::BodyKind::none};
}

}  // namespace

http::HeadLimits relay_head_limits(const Limits& limits) {
  http::HeadLimits head;
  head.max_head_bytes = limits.header_list_size;
  head.max_field_bytes = limits.field_value_size;
  head.max_fields = limits.field_count;
  head.max_path_bytes = limits.path_size;
  return head;
}

PreparedRequest prepare_origin_request(http::RequestHead head, bool has_body,
                                       const http::HeadLimits& limits) {
  PreparedRequest prepared;
  prepared.fault = http::merge_host(head);
  if (!prepared.fault) prepared.fault = http::check_request(head, limits);
  if (!prepared.fault && http::has_passed(head.fields, via_pseudonym)) {
    prepared.fault = http::Fault{http::FaultReason::loop,
                                 "via: the request has passed this agent before; the origin of "
                                 "this service points back at the edge"};
  }
  if (prepared.fault) return prepared;

  OriginRequest& request = prepared.request;
  request.takes_trailers =
      head.fields.may_have(http::field_traits::restricted) && head.fields.contains("te");
  http::strip_hop_by_hop(head.fields, http::NextHop::http1);
  http::remove_tunnel_fields(head.fields);
  http::join_cookies(head.fields);
  http::add_via(head.fields, "2", via_pseudonym);
  request.framing = framing_of(head.fields, has_body);
  request.expects_continue = has_body && head.fields.contains("expect");
  request.idempotent = is_idempotent(head.method);
  request.head = std::move(head);
  return prepared;
}

std::optional<RelayFailure> apply_settings(OriginRequest& request,
                                           const ServiceSettings& settings) {
  if (!settings.host.empty()) request.head.authority = settings.host;
  const bool too_large = settings.request_body &&
                         request.framing.kind == http::BodyKind::content_length &&
                         request.framing.length > *settings.request_body;
  if (!too_large) return std::nullopt;
  return RelayFailure{tunnel::Failure::request_body_too_big,
                      body_too_large(*settings.request_body).message};
}

}  // namespace outhaul::agent
