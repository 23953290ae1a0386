#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/reach/edge_route.h"
#include "agent/reach/reach_stage.h"
#include "common/async/loop.h"
#include "common/async/task.h"
#include "common/base/error.h"
#include "common/net/byte_stream.h"
#include "common/net/dial_source.h"
#include "common/net/tcp_stream.h"
#include "common/net/tls_context.h"

namespace outhaul::agent {

/// Learns how far a dial has come.
class ReachListener {
 public:
  /// The stage is done. From inside the dial; must not destroy it.
  virtual void reached(ReachStage stage, Duration took) = 0;

 protected:
  ~ReachListener() = default;
};

struct EdgeDialOptions {
  /// For each stage.
  Duration stage_limit = std::chrono::seconds(10);
  net::TcpOptions tcp;
  /// All three outlive the dial and may be null: the kernel chooses the source; no https proxy is
  /// used; nobody listens.
  const net::DialSource* source = nullptr;
  std::shared_ptr<const net::TlsClientContext> proxy_tls;
  ReachListener* listener = nullptr;
};

/// How a dial went.
struct EdgeDial {
  /// What TLS with the edge goes over; null after an error.
  std::unique_ptr<net::ByteStream> stream;
  /// The socket below it, which lives as long as `stream`.
  const net::TcpStream* tcp = nullptr;
  /// The last stage that was begun.
  ReachStage stage = ReachStage::tcp;
  /// With a proxy its message begins with "proxy <scheme>://<host>:<port>"; it has no credentials.
  std::optional<Error> error;
};

/// Connects to the edge by this route, through its proxy if it has one, up to and without TLS with
/// the edge itself.
Task<EdgeDial> dial_edge(Loop& loop, EdgeRoute route, EdgeDialOptions options);

}  // namespace outhaul::agent
