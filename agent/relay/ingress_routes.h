#pragma once

#include <memory>
#include <vector>

#include "agent/relay/service_cache.h"
#include "agent/settings/ingress.h"
#include "common/http/message.h"

namespace outhaul::agent {

/// The ingress table ready for use: each entry with its service, described once and not at every
/// request.
class IngressRoutes {
 public:
  /// Knows no route.
  IngressRoutes() = default;
  /// `services` has the settings that belong to the table.
  IngressRoutes(const IngressTable& table, ServiceCache& services);

  /// The service of the first entry that matches the request; null without one.
  std::shared_ptr<const KnownService> find(const http::RequestHead& head) const;
  bool empty() const { return routes_.empty(); }

 private:
  struct Route {
    IngressEntry entry;
    std::shared_ptr<const KnownService> service;
  };
  std::vector<Route> routes_;
};

}  // namespace outhaul::agent
