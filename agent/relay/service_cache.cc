#include "agent/relay/service_cache.h"

#include <utility>

namespace outhaul::agent {

void ServiceCache::configure(std::shared_ptr<const ServiceSettingsTable> settings) {
  settings_ = std::move(settings);
  services_.clear();
}

Result<std::shared_ptr<const KnownService>> ServiceCache::find(std::string_view field_value) {
  if (const auto found = services_.find(field_value); found != services_.end()) {
    return found->second;
  }
  OUTHAUL_TRY(descriptor, tunnel::parse_descriptor(field_value));
  auto service = std::make_shared<KnownService>();
  service->id = descriptor.id.to_string();
  service->settings = settings_->of(descriptor.id);
  service->descriptor = std::move(descriptor);
  if (services_.size() >= entries_maximum) services_.clear();
  std::shared_ptr<const KnownService> known = std::move(service);
  services_.emplace(field_value, known);
  return known;
}

}  // namespace outhaul::agent
