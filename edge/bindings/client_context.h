#pragma once

#include <cstdint>
#include <string>

#include "common/async/loop.h"
#include "common/base/intrusive_list.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "common/net/byte_stream.h"
#include "edge/bindings/client_limits.h"
#include "edge/bindings/reset_limits.h"
#include "edge/forwarding/forwarder.h"
#include "edge/snapshot_source.h"

namespace outhaul::edge {

/// What all client connections of a loop share. References outlive the connections.
struct ClientContext {
  Loop& loop;
  Log& log;
  const Limits& limits;
  ForwardContext& forward;
  SnapshotSource snapshot;
  /// Set once the edge is shutting down: connections end after the request under way.
  bool draining = false;
  AccessLogRules access_log{};
  /// HTTP/2 connections that were ended because too many of their streams were reset.
  std::uint64_t cut_for_resets = 0;
  /// How long a response may still take to begin after an HTTP/1.1 client ended its direction.
  Duration half_close_patience = std::chrono::seconds(2);
  ClientLimits client_limits = {};
  ResetLimits reset_limits = ResetLimits(limits);
};

/// A client's connection and where it came in.
struct ClientStream {
  net::ByteStream& stream;
  /// Name or id of the listener's service; empty: each request names its own.
  std::string bound_service;
  /// The client's address, for the log.
  std::string address;
};

/// A client's connection, as its listener sees it.
class Client : public ListNode {
 public:
  /// ClientContext::draining was set: end when nothing is under way.
  virtual void drain() = 0;
  /// Ends the connection at once if it carries no request; says whether it does.
  virtual bool give_way() = 0;

 protected:
  ~Client() = default;
};

}  // namespace outhaul::edge
