#include "agent/connections/profile.h"

#include <utility>

#include "agent/connections/ptth_setup.h"
#include "agent/connections/rhttp_setup.h"
#include "common/base/limits.h"

namespace outhaul::agent {

Profile::Profile(Loop& loop, const AgentOptions& options) {
  if (options.profile == SetupProfile::rhttp) {
    setup_ = std::make_unique<RhttpSetup>(
        RhttpSetup::Times{.ping = default_limits.ping_interval, .life = options.rhttp.life});
    return;
  }
  key_ = key_of(options);
  setup_ = std::make_unique<PtthSetup>(loop, options.tunnel_id, *key_, options.limits);
}

std::optional<tunnel::ConcealedKey> Profile::key_of(const AgentOptions& options) {
  if (options.profile == SetupProfile::rhttp) return std::nullopt;
  return tunnel::ConcealedKey::derive(options.tunnel_id, options.token.secret);
}

void Profile::use_key(std::optional<tunnel::ConcealedKey> key) {
  if (key) key_ = std::move(key);
}

}  // namespace outhaul::agent
