#include "agent/relay/ingress_routes.h"

#include <string_view>

namespace outhaul::agent {

namespace {

/// The host that the client asked for, without its port. HAProxy sends it as `host` and no
/// `:authority`; whether both agree is checked later.
std::string_view host_of(const http::RequestHead& head) {
  const std::string_view authority =
      head.authority.empty() ? head.fields.find("host").value_or("") : head.authority;
  if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

}  // namespace

IngressRoutes::IngressRoutes(const IngressTable& table, ServiceCache& services) {
  for (const IngressEntry& entry : table)
    routes_.push_back({entry, services.describe(entry.descriptor, entry.service)});
}

std::shared_ptr<const KnownService> IngressRoutes::find(const http::RequestHead& head) const {
  const std::string_view host = host_of(head);
  for (const Route& route : routes_) {
    if (route.entry.matches(host, head.path)) return route.service;
  }
  return nullptr;
}

}  // namespace outhaul::agent
