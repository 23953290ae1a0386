#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "common/async/loop.h"
#include "common/async/task.h"
#include "common/async/timer.h"
#include "common/base/byte_queue.h"
#include "common/net/tls_stream.h"
#include "common/tunnel/edge_address.h"
#include "common/tunnel/session_fields.h"

namespace outhaul::agent {

/// What to do after an edge did not take the connection.
enum class RefusalAction : std::uint8_t {
  back_off,     ///< ordinary back-off
  retry_after,  ///< wait at least `retry_after`
  next_edge,    ///< this edge will not serve the tunnel: try another address
  rejected,     ///< unknown tunnel or wrong key, as far as the edge says (404)
  slow,         ///< the tunnel is disabled (403): try rarely
  deleted,      ///< the tunnel was deleted (410): try very rarely, or give up when asked to
};

struct SetupRefusal {
  RefusalAction action = RefusalAction::back_off;
  /// What happened and what the operator can do, without any secret.
  std::string message;
  Duration retry_after{};
  /// Of the edge's answer; 0 without one.
  int status = 0;
};

/// How setting up a connection ended: a session, or a refusal.
struct SetupEnd {
  std::optional<tunnel::SessionResponse> session;
  std::optional<SetupRefusal> refusal;
  /// The edge's clock (Date), as it was sent; empty when it was not.
  std::string date;
  /// What arrived behind the edge's answer: it belongs to HTTP/2.
  std::string early;
};

/// The step between TLS and HTTP/2 (protocol.md section 2). Chosen by configuration, never guessed.
class ConnectionSetup {
 public:
  virtual ~ConnectionSetup() = default;
  /// The one protocol that the agent offers by ALPN and insists on.
  virtual std::string_view alpn() const = 0;
  /// Whether the agent sends the client's magic of HTTP/2 although it is the server.
  virtual bool sends_client_magic() const { return false; }
  /// Whether edges end idle connections without a word: that is no failure, and the agent dials
  /// again at once.
  virtual bool edge_closes_idle() const { return false; }
  /// What may be wrong when the connection ends before the edge's SETTINGS; may be empty.
  virtual std::string_view advice_without_settings() const { return {}; }
  /// Introduces this agent to the edge. `stream` has completed its handshake; both references must
  /// outlive the task.
  virtual Task<SetupEnd> set_up(net::TlsStream& stream, const tunnel::EdgeAddress& edge,
                                tunnel::SessionRequest request) = 0;
};

}  // namespace outhaul::agent
