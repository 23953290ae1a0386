#include "agent/origins/circuits.h"

namespace outhaul::agent {

bool Circuits::may_dial(const OriginKey& key, TimePoint now) {
  if (open_ == 0) return true;
  const auto found = failing_.find(key);
  if (found == failing_.end() || !found->second.open) return true;
  Circuit& circuit = found->second;
  if (now < circuit.next_probe) return false;
  circuit.next_probe = now + open_time;
  return true;
}

void Circuits::succeeded(const OriginKey& key) {
  if (failing_.empty()) return;
  const auto found = failing_.find(key);
  if (found == failing_.end()) return;
  if (found->second.open) --open_;
  failing_.erase(found);
}

void Circuits::failed(const OriginKey& key, std::uint32_t threshold, TimePoint now) {
  if (failing_.size() >= entries_maximum) {
    failing_.clear();
    open_ = 0;
  }
  Circuit& circuit = failing_[key];
  if (circuit.failures++ == 0) circuit.failing_since = now;
  if (circuit.open || circuit.failures < threshold) return;
  if (now - circuit.failing_since < streak_time) return;
  circuit.open = true;
  circuit.next_probe = now + open_time;
  ++open_;
}

}  // namespace outhaul::agent
