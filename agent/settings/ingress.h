#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/settings/configured_services.h"
#include "common/base/uuid.h"
#include "common/options/configuration_file.h"
#include "common/options/option.h"
#include "common/options/problem.h"
#include "common/tunnel/descriptor.h"

/// The ingress table: where requests go that come without a service descriptor, as from HAProxy
/// (protocol.md sections 2.2 and 3). Its entries are the [[ingress]] tables of the configuration
/// file; the first that matches a request counts.
namespace outhaul::agent {

struct IngressEntry {
  /// Lower case. Empty: every host.
  std::string host;
  /// Written as "*.HOST": every host below it, at any depth, but not itself.
  bool below_host = false;
  /// Begins with a slash. "/" is every path; "/a" is that one and all of "/a/".
  std::string path = "/";
  /// As the configuration names it.
  std::string service;
  /// What an edge would have sent for the service.
  tunnel::Descriptor descriptor;

  /// `host` without its port, in any case; `path` may have a query.
  bool matches(std::string_view request_host, std::string_view request_path) const;
  /// Every request that `other` matches is one of this entry, too.
  bool covers(const IngressEntry& other) const;
};

using IngressTable = std::vector<IngressEntry>;

/// The keys of an entry.
std::vector<options::Option> ingress_options();

/// The services that the entries name, by name. A name that is no service id gets one that is made
/// of it and of the tunnel's, and so is the same in every replica and at every start.
ServiceNames services_of_ingress(const std::vector<options::FileSection>& entries,
                                 const Uuid& tunnel_id);

/// `services` are those of the same file. Problems have line and column.
IngressTable read_ingress(const std::vector<options::FileSection>& entries,
                          const std::vector<ConfiguredService>& services, const Uuid& tunnel_id,
                          options::Problems& problems);

}  // namespace outhaul::agent
