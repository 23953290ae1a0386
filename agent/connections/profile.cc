#include "agent/connections/profile.h"

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
  key_.emplace(tunnel::ConcealedKey::derive(options.tunnel_id, options.token.secret));
  setup_ = std::make_unique<PtthSetup>(loop, options.tunnel_id, *key_, options.limits);
}

void Profile::use_credentials(const AgentOptions& options) {
  if (key_) key_ = tunnel::ConcealedKey::derive(options.tunnel_id, options.token.secret);
}

}  // namespace outhaul::agent
