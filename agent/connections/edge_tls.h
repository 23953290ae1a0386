#pragma once

#include <memory>
#include <string_view>

#include "agent/options.h"
#include "agent/reach/srv_targets.h"
#include "common/base/result.h"
#include "common/net/tls_context.h"

namespace outhaul::agent {

/// How this agent recognises its edges: by --edge-ca, else by the pins of its token, else by the
/// system's trust store. With the client certificate, if the profile has one. TLS 1.3; `alpn` is
/// offered alone, and whether the edge agreed on it is for the caller to see. Errors name the file.
Result<std::shared_ptr<const net::TlsClientContext>> edge_tls(const AgentOptions& options,
                                                              std::string_view alpn);

/// What edge_tls() goes by.
EdgeTrust edge_trust(const AgentOptions& options);

}  // namespace outhaul::agent
