#include "agent/origins/process_use.h"

namespace outhaul::agent {

namespace {

/// Above it, entries that nobody uses any more are looked for.
constexpr std::size_t services_maximum = 1024;

}  // namespace

std::shared_ptr<ServiceUse> ProcessUse::of(const Uuid& service) {
  const std::lock_guard lock(mutex_);
  std::weak_ptr<ServiceUse>& known = services_[service];
  std::shared_ptr<ServiceUse> use = known.lock();
  if (use) return use;
  use = std::make_shared<ServiceUse>();
  known = use;
  if (services_.size() > services_maximum) {
    std::erase_if(services_, [](const auto& entry) { return entry.second.expired(); });
  }
  return use;
}

}  // namespace outhaul::agent
