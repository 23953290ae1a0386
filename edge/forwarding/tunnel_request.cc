#include "edge/forwarding/tunnel_request.h"

#include <utility>

#include "common/http/field_filter.h"
#include "common/http/forwarded.h"
#include "common/http/translation.h"
#include "common/http/via.h"
#include "common/tunnel/ptth_names.h"

namespace outhaul::edge {

namespace {

bool is_plain_connect(const http::RequestHead& head) {
  return head.method == "CONNECT" && head.protocol.empty();
}

bool belongs_to_the_edge(std::string_view name) {
  return name.starts_with("x-vpc-") || name == "proxy-authorization" || name == "x-cf-blob";
}

}  // namespace

http::HeadLimits head_limits(const Limits& limits) {
  http::HeadLimits head;
  head.max_head_bytes = limits.header_list_size;
  head.max_field_bytes = limits.field_value_size;
  head.max_name_bytes = limits.field_name_size;
  head.max_fields = limits.field_count;
  head.max_path_bytes = limits.path_size;
  return head;
}

bool is_idempotent(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE" ||
         method == "PUT" || method == "DELETE";
}

std::variant<http::RequestHead, EdgeFailure> make_tunnel_request(
    http::RequestHead head, const tunnel::Descriptor& descriptor, const TunnelRequestParts& parts,
    const Limits& limits) {
  http::Fields& fields = head.fields;
  http::strip_hop_by_hop(fields, http::NextHop::http2);
  http::remove_tunnel_fields(fields);
  fields.remove_if([](const http::Field& field) { return belongs_to_the_edge(field.name); });
  if (http::has_passed(fields, parts.edge_name)) {
    return failure_of_fault({http::FaultReason::loop,
                             "Via: the request has passed this edge before; the service points "
                             "back at it"});
  }
  if (!parts.trust_forwarded) http::remove_forwarded(fields);
  const http::ForwardedHop hop{parts.client, head.scheme, head.authority};
  if (is_plain_connect(head)) {
    // Nobody behind the agent reads its fields; the agent itself wants to know the client.
    fields.remove_if([](const http::Field& field) { return field.name != "via"; });
    fields.add("forwarded", http::forwarded_member({parts.client, {}, {}}));
    head.authority = tunnel::connect_authority(descriptor);
  } else {
    http::add_forwarded(fields, hop);
    if (!fields.contains("x-request-id")) fields.add("x-request-id", parts.request_id);
    head.scheme = tunnel::to_string(descriptor.scheme);
  }
  http::add_via(fields, parts.received_protocol, parts.edge_name);
  fields.add(tunnel::service_field, tunnel::serialize(descriptor));
  fields.add(tunnel::request_id_field, parts.request_id);
  // With the edge's own fields, so that what passes here fits into the tunnel.
  if (const auto fault = http::check_request(head, head_limits(limits))) {
    return failure_of_fault(*fault);
  }
  return head;
}

}  // namespace outhaul::edge
