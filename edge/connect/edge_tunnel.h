#pragma once

#include <memory>
#include <string>

#include "common/async/loop.h"
#include "common/async/task.h"
#include "common/base/byte_queue.h"
#include "common/base/result.h"
#include "common/base/uuid.h"
#include "common/net/tcp_stream.h"

namespace outhaul::edge {

/// How to reach a tcp service through a binding listener.
struct ServiceAccess {
  net::SocketAddress edge;
  Uuid service;
  /// Of a binding; empty on a listener that is bound to the service.
  std::string token;
};

/// A connection that the edge has connected to the service. `early` was received already.
struct EdgeTunnel {
  std::unique_ptr<net::TcpStream> stream;
  ByteQueue early;
};

/// Asks the edge by CONNECT. Error kind `denied`: the edge, or the agent behind it, says no; the
/// message repeats its reason.
Task<Result<EdgeTunnel>> open_edge_tunnel(Loop& loop, ServiceAccess access);

/// Carries bytes between a program and the service until both directions have ended. An abort of
/// either resets both. The references must outlive the task.
Task<Result<void>> carry(Loop& loop, net::ByteStream& program, EdgeTunnel& tunnel);

}  // namespace outhaul::edge
