#pragma once

#include "agent/connections/connection_setup.h"
#include "common/base/limits.h"
#include "common/base/uuid.h"
#include "common/http/message.h"
#include "common/tunnel/concealed_key.h"

namespace outhaul::agent {

/// Profile `ptth` (protocol.md section 2.1): an upgrade request with Concealed authentication; the
/// agent writes nothing more until the whole 101 is in.
class PtthSetup final : public ConnectionSetup {
 public:
  /// `loop`, `key` and `limits` must outlive the profile.
  PtthSetup(Loop& loop, const Uuid& tunnel_id, const tunnel::ConcealedKey& key,
            const Limits& limits)
      : loop_(loop), tunnel_id_(tunnel_id), key_(key), limits_(limits) {}

  std::string_view alpn() const override;
  Task<SetupEnd> set_up(net::TlsStream& stream, const tunnel::EdgeAddress& edge,
                        tunnel::SessionRequest request) override;

 private:
  Result<std::string> request_text(net::TlsStream& stream, const tunnel::EdgeAddress& edge,
                                   const tunnel::SessionRequest& request) const;

  Loop& loop_;
  Uuid tunnel_id_;
  const tunnel::ConcealedKey& key_;
  const Limits& limits_;
};

/// The edge's answer to the setup request: a session, or what refused it. For tests too.
SetupEnd read_setup_answer(const http::ResponseHead& head);

}  // namespace outhaul::agent
