#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/async/loop.h"
#include "common/async/task.h"
#include "common/base/limits.h"
#include "common/base/memory_budget.h"
#include "common/http/body.h"
#include "common/http/message.h"
#include "common/http/replay_body.h"
#include "edge/directory/snapshot.h"
#include "edge/forwarding/access_record.h"
#include "edge/forwarding/response_sink.h"
#include "edge/forwarding/tunnel_stream.h"

namespace outhaul::edge {

/// What all requests of a loop share. References outlive the requests.
struct ForwardContext {
  Loop& loop;
  const Limits& limits;
  Tunnels& tunnels;
  http::ReplayBudget& replay_budget;
  /// Out of which each request takes request_memory(), and windows grow; null: without a limit,
  /// and they do not.
  MemoryBudget* memory = nullptr;
  /// In Via and Proxy-Status: a token.
  std::string edge_name;
  /// Clients are proxies that tell the truth in Forwarded and X-Forwarded-*.
  bool trust_forwarded = false;
  /// Counts the requests; null: nobody does.
  TrafficTable* traffic = nullptr;
};

/// A request that may use `service`.
struct ForwardRequest {
  /// Keeps `service` alive.
  std::shared_ptr<const Snapshot> snapshot;
  const Service* service = nullptr;
  /// As the client sent it; authority and scheme are set. An HTTP/1.1 upgrade to WebSocket has
  /// become an extended CONNECT (RFC 8441). With CONNECT the body is what the client sends once it
  /// was accepted, and `has_body` is true.
  http::RequestHead head;
  /// "1.1" or "2".
  std::string_view received_protocol;
  /// Address of the client; outlives the request.
  std::string_view client;
  http::BodyReader* body = nullptr;
  bool has_body = false;
};

/// Forwards a request to an agent of the service's tunnel and the response to `sink`: the way of
/// one request, read top to bottom in forwarder.cc. Both bodies stream, with back-pressure.
///
/// Without a connection the request is held for limits.hold_time. It is sent again, twice at most
/// and each time on another connection, only when that is safe (protocol.md section 4) and all of
/// its body that was sent is still kept. After a response head was passed on, a failure cuts the
/// client.
///
/// A CONNECT that is accepted (2xx) carries bytes both ways without time limits, each direction
/// until its own end; nothing of the client is sent before that.
///
/// All references, and the request's body, must outlive the task; destroying it cancels the
/// request at the agent.
Task<void> forward(ForwardContext& context, ForwardRequest request, ResponseSink& sink,
                   AccessRecord& record);

}  // namespace outhaul::edge
