#include "agent/relay/service_cache.h"

#include <utility>

namespace outhaul::agent {

namespace {

/// The same service somewhere else. The edge's resolvers know nothing of a name that the operator
/// chose: the system's do.
tunnel::Descriptor redirect(tunnel::Descriptor descriptor, const ServiceAddress& address) {
  descriptor.hostname = address.hostname;
  descriptor.ipv4.reset();
  descriptor.ipv6.reset();
  if (address.ip) {
    auto& literal = address.ip->is_v4() ? descriptor.ipv4 : descriptor.ipv6;
    literal = tunnel::LiteralAddress{address.ip->to_string(), *address.ip};
  }
  descriptor.port = address.port;
  descriptor.resolver_ips.clear();
  return descriptor;
}

}  // namespace

void ServiceCache::configure(std::shared_ptr<const ServiceSettingsTable> settings) {
  settings_ = std::move(settings);
  last_found_ = nullptr;
  services_.clear();
}

Result<std::shared_ptr<const KnownService>> ServiceCache::find(std::string_view field_value) {
  if (last_found_ != nullptr && last_found_->first == field_value) return last_found_->second;
  if (const auto found = services_.find(field_value); found != services_.end()) {
    last_found_ = &*found;
    return found->second;
  }
  OUTHAUL_TRY(descriptor, tunnel::parse_descriptor(field_value));
  std::string id = descriptor.id.to_string();
  if (services_.size() >= entries_maximum) {
    last_found_ = nullptr;
    services_.clear();
  }
  std::shared_ptr<const KnownService> known = describe(std::move(descriptor), std::move(id));
  services_.emplace(field_value, known);
  return known;
}

std::shared_ptr<const KnownService> ServiceCache::describe(tunnel::Descriptor descriptor,
                                                           std::string name) {
  auto service = std::make_shared<KnownService>();
  service->id = std::move(name);
  service->settings = settings_->of(descriptor.id);
  const std::optional<ServiceAddress>& address = service->settings->address;
  if (address && !address->is_unix()) service->redirected = redirect(descriptor, *address);
  service->use = use_of(descriptor.id);
  service->descriptor = std::move(descriptor);
  return service;
}

std::shared_ptr<ServiceUse> ServiceCache::use_of(const Uuid& service) {
  std::weak_ptr<ServiceUse>& known = uses_[service];
  std::shared_ptr<ServiceUse> use = known.lock();
  if (use) return use;
  use = std::make_shared<ServiceUse>();
  known = use;
  // An entry outlives its descriptors only while requests or connections count in it.
  if (uses_.size() > entries_maximum) {
    std::erase_if(uses_, [](const auto& entry) { return entry.second.expired(); });
  }
  return use;
}

}  // namespace outhaul::agent
