#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "common/async/readiness.h"
#include "common/async/task.h"
#include "common/async/timer.h"
#include "common/base/result.h"
#include "common/base/uuid.h"
#include "common/h2/stream.h"
#include "common/http/body.h"
#include "common/http/message.h"

namespace outhaul::edge {

/// One request on its way through a tunnel, as forwarding sees it. Today it is an HTTP/2 stream of
/// the same loop; behind this interface it may become one of another loop or another edge.
/// Destroying it before its end cancels the request at the agent.
class TunnelStream {
 public:
  virtual ~TunnelStream() = default;

  /// The next response head: interim ones in order, then the final one. Nothing while none has
  /// arrived: wait for head_readable() unless failed().
  virtual std::optional<http::ResponseHead> take_head() = 0;
  virtual Readiness& head_readable() = 0;
  virtual http::BodyReader& body() = 0;
  virtual http::BodyWriter& writer() = 0;

  virtual bool failed() const = 0;
  virtual const Error& failure() const = 0;
  /// The agent certainly did no work for this request: it may be sent again elsewhere.
  virtual bool unprocessed() const = 0;
  /// The code with which the agent reset the stream, if it did.
  virtual std::optional<h2::ErrorCode> peer_code() const = 0;
  /// Names the connection that carries it, for logs and for avoiding it in a retry.
  virtual std::string_view connection() const = 0;
};

/// From a tunnel to a live connection of one of its agents.
class Tunnels {
 public:
  virtual ~Tunnels() = default;

  /// Opens a request on the connection of `tunnel` with the fewest streams, other than `avoid`
  /// (empty: any) as long as there is another. not_found: no agent is connected; limit: all
  /// connections are full.
  virtual Result<std::unique_ptr<TunnelStream>> open(const Uuid& tunnel,
                                                     const http::RequestHead& head, bool has_body,
                                                     std::string_view avoid) = 0;

  /// Waits until `tunnel` has a usable connection, at most `limit`; false when it has none then,
  /// or at once when too many requests wait for it already.
  virtual Task<bool> wait_for_connection(Uuid tunnel, Duration limit) = 0;
};

}  // namespace outhaul::edge
