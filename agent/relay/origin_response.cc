#include "agent/relay/origin_response.h"

#include "agent/relay/failure_response.h"
#include "agent/relay/origin_request.h"
#include "common/http/fault.h"
#include "common/http/field_filter.h"
#include "common/http/translation.h"
#include "common/tunnel/ptth_names.h"

namespace outhaul::agent {

namespace {

void strip(http::ResponseHead& head) {
  http::strip_hop_by_hop(head.fields, http::NextHop::http2);
  http::remove_tunnel_fields(head.fields);
}

void add_proxy_status(http::ResponseHead& head, const RelayContext& context) {
  if (!head.fields.may_have(http::field_traits::merged) ||
      !head.fields.contains(tunnel::proxy_status_field)) {
    head.fields.add(tunnel::proxy_status_field, context.proxy_status);
    return;
  }
  head.fields.set(tunnel::proxy_status_field,
                  forwarded_proxy_status(head.fields, context.tunnel_id));
}

}  // namespace

Result<void> make_tunnel_response(http::ResponseHead& head, const RelayContext& context) {
  strip(head);
  // RFC 9110 section 8.6 forbids it there, and HTTP/2 peers take the whole answer for malformed.
  if (head.status == 204) head.fields.remove("content-length");
  if (auto fault = http::check_response(head, relay_head_limits(context.limits))) {
    return http::response_error(*fault);
  }
  add_proxy_status(head, context);
  return {};
}

Result<void> make_tunnel_interim(http::ResponseHead& head) {
  strip(head);
  head.fields.remove("content-length");
  if (auto fault = http::check_response(head)) return http::response_error(*fault);
  return {};
}

void make_websocket_answer(http::ResponseHead& head, const RelayContext& context) {
  head.status = 200;
  head.fields.remove("sec-websocket-accept");
  strip(head);
  head.fields.remove("content-length");
  add_proxy_status(head, context);
}

}  // namespace outhaul::agent
