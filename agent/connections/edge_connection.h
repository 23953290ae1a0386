#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/connections/connection_figures.h"
#include "agent/connections/connection_setup.h"
#include "common/async/loop.h"
#include "common/async/readiness.h"
#include "common/async/scope.h"
#include "common/async/task.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "common/base/uuid.h"
#include "common/h2/session.h"
#include "common/net/socket_address.h"
#include "common/net/tcp_stream.h"
#include "common/net/tls_context.h"
#include "common/tunnel/edge_address.h"

namespace outhaul::agent {

/// Takes the requests of tunnel connections and answers them.
class RequestServer {
 public:
  virtual ~RequestServer() = default;
  /// The task owns the stream and ends with it. `connection` names the connection, for logs.
  virtual Task<void> serve(std::string connection, std::unique_ptr<h2::Stream> stream) = 0;
  /// Whether the process has room for one more request.
  virtual bool has_room() const = 0;
};

/// What every connection of the agent shares. All references outlive the connections.
struct ConnectionContext {
  Loop& loop;
  Log& log;
  const Limits& limits;
  ConnectionSetup& setup;
  RequestServer& server;
  std::shared_ptr<const net::TlsClientContext> tls;
  ConnectionCounters counters{};
};

/// How a connection ended, for the back-off.
struct ConnectionEnd {
  /// Set when the edge did not take the connection.
  std::optional<SetupRefusal> refusal;
  /// What broke, or how it ended.
  std::string reason;
  /// How long it served requests; 0 when it never did.
  Duration served{};
};

/// One connection to an edge, from dialling to its end:
///
///   dialling -> securing (TLS 1.3) -> introducing (setup profile) -> settling (HTTP/2 SETTINGS)
///   -> serving -> ended
///
/// and from serving, on drain(): -> draining (nothing new is taken, requests under way finish)
/// -> ended. Every stage before serving has a limit of time. While serving, silence is answered
/// with a PING, and silence after that ends the connection.
class EdgeConnection final : public h2::SessionHandler {
 public:
  /// `slot` is the connection's place among the agent's `limits.connections_per_agent`.
  EdgeConnection(ConnectionContext& context, tunnel::EdgeAddress edge, const Uuid& instance,
                 std::uint32_t slot);
  ~EdgeConnection();
  EdgeConnection(const EdgeConnection&) = delete;
  EdgeConnection& operator=(const EdgeConnection&) = delete;

  /// Dials the addresses and serves until the end. Once; the connection outlives the task.
  Task<ConnectionEnd> run(std::vector<net::SocketAddress> addresses);

  /// Stops taking requests; run() ends when those under way are done. Before serving it ends soon.
  void drain();
  /// Gives up the requests under way: their streams are reset with CANCEL. For a drain that takes
  /// too long. Not from inside a request.
  void cut();

  bool serving() const { return serving_since_.has_value(); }
  std::size_t active_requests() const { return requests_.size(); }
  ConnectionFigures figures() const;

 private:
  void on_request(std::unique_ptr<h2::Stream> stream) override;
  void on_ready() override;
  void on_ping_acknowledged() override { ping_acknowledged_.set(); }

  Task<Result<std::unique_ptr<net::TlsStream>>> secure(std::vector<net::SocketAddress> addresses);
  Task<ConnectionEnd> serve(net::TlsStream& stream, SetupEnd setup);
  Task<void> watch(std::chrono::seconds ping_interval);
  Task<void> finish_drain();
  Task<void> close_politely(net::TlsStream& stream);

  ConnectionContext& context_;
  tunnel::EdgeAddress edge_;
  Uuid instance_;
  std::uint32_t slot_;
  std::string name_;  // for logs: the edge and its name of the connection
  tunnel::SessionResponse session_names_;
  TimePoint began_;
  Readiness ready_;
  Readiness ping_acknowledged_;
  bool draining_ = false;
  std::optional<TimePoint> serving_since_;
  std::unique_ptr<h2::Session> session_;
  /// What carries it, from the TLS handshake until the end.
  const net::TcpStream* tcp_ = nullptr;
  Scope requests_;
  Scope watchers_;
};

}  // namespace outhaul::agent
