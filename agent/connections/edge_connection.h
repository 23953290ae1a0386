#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/connections/connection_figures.h"
#include "agent/connections/connection_setup.h"
#include "agent/reach/edge_dial.h"
#include "agent/reach/edge_route.h"
#include "agent/reach/reach_options.h"
#include "common/async/loop.h"
#include "common/async/readiness.h"
#include "common/async/scope.h"
#include "common/async/task.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "common/base/memory_budget.h"
#include "common/base/uuid.h"
#include "common/h2/liveness.h"
#include "common/h2/session.h"
#include "common/net/expiry_watch.h"
#include "common/net/socket_address.h"
#include "common/net/tcp_stream.h"
#include "common/net/tls_context.h"
#include "common/tunnel/edge_address.h"
#include "common/tunnel/session_fields.h"

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

/// Learns of the turns in a connection's life. Called between the library's calls.
class ConnectionObserver {
 public:
  /// It serves now, or wants to be replaced, or its task has ended.
  virtual void on_connection_changed() = 0;

 protected:
  ~ConnectionObserver() = default;
};

/// What every connection of the agent shares. All references outlive the connections.
struct ConnectionContext {
  Loop& loop;
  Log& log;
  const Limits& limits;
  ConnectionSetup& setup;
  RequestServer& server;
  std::shared_ptr<const net::TlsClientContext> tls;
  const ReachOptions& reach;
  /// For an https proxy; else null.
  std::shared_ptr<const net::TlsClientContext> proxy_tls;
  /// Whether the edge's control requests are served (protocol.md section 6).
  bool takes_control_requests = true;
  /// For windows that grow; null: they do not.
  MemoryBudget* memory = nullptr;
  ConnectionCounters counters{};
  /// Told of the edges' certificates; null: nobody is.
  net::ExpiryWatch* expiries = nullptr;
  /// Hints for edges that choose among the agents of a tunnel.
  std::string zone{};
  std::uint32_t weight = tunnel::session_weight_maximum;
};

/// How a connection ended, for the back-off.
struct ConnectionEnd {
  /// Set when the edge did not take the connection.
  std::optional<SetupRefusal> refusal;
  /// Nothing listens at the edge's address, or what is before the edge let go before TLS.
  bool connection_refused = false;
  /// What broke, or how it ended.
  std::string reason;
  /// How long it served requests; 0 when it never did.
  Duration served{};
  /// The edge closed it where edges close idle connections (ConnectionSetup), after it had served
  /// for a moment: not a failure.
  bool closed_as_usual = false;
};

/// One connection to an edge, from dialling to its end:
///
///   dialling -> securing (TLS 1.3) -> introducing (setup profile) -> settling (HTTP/2 SETTINGS)
///   -> serving -> ended
///
/// and from serving, on drain(): -> draining (nothing new is taken, requests under way finish)
/// -> ended. Every stage before serving has a limit of time. While serving, silence is answered
/// with a PING, and silence after that ends the connection.
///
/// An edge that wants to leave asks for a replacement, by a control request (protocol.md section 6)
/// or by GOAWAY; the connection goes on serving meanwhile.
class EdgeConnection final : public h2::SessionHandler {
 public:
  /// `slot` is the connection's place among the agent's `limits.connections_per_agent`.
  EdgeConnection(ConnectionContext& context, tunnel::EdgeAddress edge, const Uuid& instance,
                 std::uint32_t slot, ConnectionObserver& observer);
  ~EdgeConnection();
  EdgeConnection(const EdgeConnection&) = delete;
  EdgeConnection& operator=(const EdgeConnection&) = delete;

  /// Tries the routes in turn, at least one, and serves until the end. Once; the connection
  /// outlives the task.
  Task<ConnectionEnd> run(std::vector<EdgeRoute> routes);

  /// Stops taking requests; run() ends when those under way are done. Before serving it ends soon.
  void drain();
  /// Gives up the requests under way: their streams are reset with CANCEL. For a drain that takes
  /// too long. Not from inside a request.
  void cut();

  bool serving() const { return serving_since_.has_value(); }
  /// Time has passed in which this process did not run: asks the edge for life at once.
  void clock_jumped();
  /// The edge asked for a connection in place of this one.
  bool replacement_wanted() const { return replacement_wanted_; }
  /// Tells an edge that asked how it went: another connection serves, or none can be had now.
  void replaced() { answer_control(Replacement::serving); }
  void not_replaced() { answer_control(Replacement::failed); }
  /// For how long the edge lets it live; meaningful once it serves.
  std::chrono::seconds life() const { return session_names_.life; }
  /// Of the edge, or of the proxy: where it leads; for logs and to avoid it.
  const std::optional<net::SocketAddress>& address() const { return address_; }
  /// Where the edge is, once a route was tried.
  const tunnel::EdgeAddress& target() const { return target_; }
  std::size_t active_requests() const { return requests_.size(); }
  ConnectionFigures figures() const;

 private:
  void on_request(std::unique_ptr<h2::Stream> stream) override;
  void on_ready() override;
  void on_go_away() override { want_replacement(); }
  void on_ping_acknowledged() override { ping_acknowledged_.set(); }

  using Secured = Result<std::unique_ptr<net::TlsStream>>;
  Task<Secured> secure(std::vector<EdgeRoute> routes);
  /// TCP, the proxy if there is one, and TLS with the edge. `stage` says how far it came; none:
  /// TLS.
  Task<Secured> secure_by(EdgeRoute route, std::optional<ReachStage>& stage);
  Task<ConnectionEnd> serve(net::TlsStream& stream, SetupEnd setup);
  enum class Replacement : std::uint8_t { none, awaited, serving, failed };
  void want_replacement();
  void answer_control(Replacement outcome);
  Task<void> serve_control(std::unique_ptr<h2::Stream> stream);
  Task<int> control_status(h2::Stream& stream);
  Task<void> watch();
  Task<void> finish_drain();
  Task<void> close_politely(net::TlsStream& stream);

  ConnectionContext& context_;
  tunnel::EdgeAddress edge_;
  tunnel::EdgeAddress target_;
  std::string proxy_;  // as in logs; empty: none
  Uuid instance_;
  std::uint32_t slot_;
  ConnectionObserver& observer_;
  std::string name_;  // for logs: the edge and its name of the connection
  tunnel::SessionResponse session_names_;
  TimePoint began_;
  Readiness ready_;
  Readiness ping_acknowledged_;
  bool draining_ = false;
  bool replacement_wanted_ = false;
  Replacement replacement_ = Replacement::none;
  Readiness replacement_known_;
  std::optional<net::SocketAddress> address_;
  /// Of what the edge showed.
  net::ExpiryWatch::Holder certificate_;
  std::optional<TimePoint> serving_since_;
  std::unique_ptr<h2::Session> session_;
  std::unique_ptr<h2::Liveness> liveness_;
  /// What carries it, from the TLS handshake until the end.
  const net::TcpStream* tcp_ = nullptr;
  Scope requests_;
  Scope watchers_;
};

}  // namespace outhaul::agent
