#pragma once

#include <chrono>

#include "agent/connections/connection_setup.h"
#include "common/tunnel/ptth_names.h"

namespace outhaul::agent {

/// Profile `rhttp` (protocol.md section 2.2), for HAProxy as the edge: the client certificate of
/// the TLS handshake says everything, and HTTP/2 begins at once, with the client's magic from the
/// agent, which is then the server.
class RhttpSetup final : public ConnectionSetup {
 public:
  /// What an edge of the other profile says in its answer; here nobody does.
  struct Times {
    /// Silence before a PING.
    std::chrono::seconds ping;
    /// Age at which the connection is replaced.
    std::chrono::seconds life;
  };
  explicit RhttpSetup(const Times& times) : times_(times) {}

  std::string_view alpn() const override { return tunnel::rhttp_tls_alpn; }
  bool sends_client_magic() const override { return true; }
  bool edge_closes_idle() const override { return true; }
  std::string_view advice_without_settings() const override {
    // TLS 1.3 lets the agent speak before the edge has looked at its certificate.
    return "; look whether the edge accepts the client certificate";
  }
  Task<SetupEnd> set_up(net::TlsStream& stream, const tunnel::EdgeAddress& edge,
                        tunnel::SessionRequest request) override;

 private:
  Times times_;
};

}  // namespace outhaul::agent
