#include "agent/origins/h2_origins.h"

#include <algorithm>
#include <utility>

namespace outhaul::agent {

std::shared_ptr<H2Origin> H2Origins::find(const OriginKey& key, const H2Origin* avoided) const {
  const auto found = origins_.find(key);
  if (found == origins_.end()) return nullptr;
  for (const std::shared_ptr<H2Origin>& origin : found->second) {
    if (origin.get() != avoided && origin->has_room()) return origin;
  }
  return nullptr;
}

void H2Origins::add(const OriginKey& key, std::shared_ptr<H2Origin> origin) {
  origins_[key].push_back(origin);
  ++count_;
  serving_.spawn(serve(key, std::move(origin)));
}

Task<void> H2Origins::serve(OriginKey key, std::shared_ptr<H2Origin> origin) {
  co_await origin->run();
  remove(key, *origin);
}

void H2Origins::remove(const OriginKey& key, const H2Origin& origin) {
  const auto found = origins_.find(key);
  List& list = found->second;
  std::erase_if(list, [&origin](const auto& listed) { return listed.get() == &origin; });
  --count_;
  if (list.empty()) origins_.erase(found);
}

std::size_t H2Origins::idle() const {
  std::size_t count = 0;
  for (const auto& [key, list] : origins_) {
    for (const auto& origin : list)
      count += origin->requests() == 0 ? std::size_t{1} : 0;
  }
  return count;
}

std::size_t H2Origins::requests() const {
  std::size_t count = 0;
  for (const auto& [key, list] : origins_) {
    for (const auto& origin : list)
      count += origin->requests();
  }
  return count;
}

bool H2Origins::retire_idle(const Uuid* service) {
  for (const auto& [key, list] : origins_) {
    if (service != nullptr && key.service != *service) continue;
    for (const auto& origin : list) {
      if (origin->requests() > 0 || !origin->has_room()) continue;
      origin->retire();
      return true;
    }
  }
  return false;
}

void H2Origins::retire_all() {
  for (const auto& [key, list] : origins_) {
    for (const auto& origin : list)
      origin->retire();
  }
}

void H2Origins::close_all() {
  serving_.cancel_all();
  origins_.clear();
  count_ = 0;
}

}  // namespace outhaul::agent
