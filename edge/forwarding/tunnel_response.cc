#include "edge/forwarding/tunnel_response.h"

#include <string_view>
#include <utility>
#include <vector>

#include "common/http/field_filter.h"
#include "common/tunnel/proxy_status.h"
#include "common/tunnel/ptth_names.h"

namespace outhaul::edge {

namespace {

/// Empty when there is none, or it does not parse.
tunnel::ProxyStatus proxy_status_of(const http::Fields& fields) {
  std::vector<std::string_view> lines;
  for (const http::Field field : fields) {
    if (field.name == tunnel::proxy_status_field) lines.push_back(field.value);
  }
  if (lines.empty()) return {};
  auto parsed = tunnel::ProxyStatus::parse(lines);
  return parsed ? std::move(*parsed) : tunnel::ProxyStatus();
}

}  // namespace

AgentVerdict read_verdict(const http::ResponseHead& head, const Uuid& tunnel) {
  AgentVerdict verdict;
  const auto member = proxy_status_of(head.fields).agent_member(tunnel);
  if (!member || member->error.empty()) return verdict;
  verdict.error = member->error;
  verdict.details = member->details;
  const bool by_status =
      head.status == 421 || head.status == 502 || head.status == 503 || head.status == 504;
  const auto retry = head.fields.find(tunnel::retry_field);
  verdict.may_retry = by_status && retry && *retry == tunnel::field_true;
  return verdict;
}

void rewrite_response(http::ResponseHead& head, const AgentVerdict& verdict,
                      const std::string& edge_name) {
  http::Fields& fields = head.fields;
  http::strip_hop_by_hop(fields, http::NextHop::http1);
  http::remove_tunnel_fields(fields);
  tunnel::ProxyStatus status = proxy_status_of(fields);
  status.strip_internal();
  tunnel::ProxyStatusMember member;
  member.name = edge_name;
  member.error = verdict.error;
  status.append(member);
  fields.set(tunnel::proxy_status_field, status.serialize());
}

}  // namespace outhaul::edge
