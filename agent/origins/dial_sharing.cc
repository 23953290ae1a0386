#include "agent/origins/dial_sharing.h"

#include <algorithm>
#include <utility>

namespace outhaul::agent {

std::shared_ptr<SharedDial> DialSharing::join(const OriginKey& key) {
  const auto found = origins_.find(key);
  if (found == origins_.end() || found->second.dials.empty()) return nullptr;
  Origin& origin = found->second;
  if (origin.speaks_http1) return nullptr;
  const std::shared_ptr<SharedDial>& latest = origin.dials.back();
  if (latest->requests >= origin.streams) return nullptr;
  ++latest->requests;
  return latest;
}

DialSharing::Turn DialSharing::begin(const OriginKey& key) {
  if (origins_.size() >= entries_maximum) make_space();
  Origin& origin = origins_[key];
  auto dial = std::make_shared<SharedDial>(loop_);
  origin.dials.push_back(dial);
  return {origin, std::move(dial)};
}

void DialSharing::make_space() {
  std::erase_if(origins_, [](const auto& entry) { return entry.second.dials.empty(); });
}

void DialSharing::Turn::got_http1() {
  origin_.speaks_http1 = true;
  end();
}

void DialSharing::Turn::got_http2(std::size_t streams) {
  origin_.speaks_http1 = false;
  origin_.streams = std::max<std::size_t>(streams, 1);
  end();
}

void DialSharing::Turn::failed(const RelayFailure& failure) {
  dial_->failure = failure;
  end();
}

void DialSharing::Turn::end() {
  if (!dial_) return;
  const std::shared_ptr<SharedDial> dial = std::move(dial_);
  std::erase(origin_.dials, dial);
  dial->done.set();
}

}  // namespace outhaul::agent
