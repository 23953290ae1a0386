#pragma once

#include <memory>

#include "agent/options.h"
#include "agent/reach/srv_targets.h"
#include "common/base/result.h"
#include "common/net/tls_context.h"

namespace outhaul::agent {

/// How this agent recognises its edges: by --edge-ca, else by the pins of its token, else by the
/// system's trust store. TLS 1.3 and the setup profile's ALPN, exactly. Errors name the file.
Result<std::shared_ptr<const net::TlsClientContext>> edge_tls(const AgentOptions& options);

/// What edge_tls() goes by.
EdgeTrust edge_trust(const AgentOptions& options);

}  // namespace outhaul::agent
