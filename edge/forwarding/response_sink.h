#pragma once

#include "common/async/task.h"
#include "common/base/result.h"
#include "common/http/body.h"
#include "common/http/message.h"
#include "edge/forwarding/access_record.h"
#include "edge/forwarding/edge_failure.h"

namespace outhaul::edge {

/// Where the response of one request goes: a client's HTTP/1.1 connection or HTTP/2 stream.
class ResponseSink {
 public:
  virtual ~ResponseSink() = default;

  /// Passes an interim response (1xx but 101) on, if the client can take one. Not after respond().
  virtual void inform(const http::ResponseHead& head) = 0;
  /// Sends the final head, once. `has_body` false ends the response with it. Error: nothing was
  /// sent (limit: the head is too large for the client; answer otherwise), or the client is gone.
  virtual Result<void> respond(const http::ResponseHead& head, bool has_body) = 0;
  /// Accepts a CONNECT or an upgrade, in place of respond(): from now on the connection carries
  /// bytes both ways, and finishing writer() ends this direction only. Leaves in `head` what the
  /// client is told. Errors as respond().
  virtual Result<void> open_tunnel(http::ResponseHead& head) = 0;
  /// After respond() or open_tunnel() has succeeded. Without a body it is ended already and only
  /// left to drain.
  virtual http::BodyWriter& writer() = 0;
  /// Makes the client see that the response is not complete, or will not come. The request is over
  /// with it.
  virtual void cut() = 0;
};

/// Waits until all of the response has left, at most `stall` without progress.
Task<Result<void>> drain_response(Loop& loop, ResponseSink& sink, Duration stall);

/// Sends a whole answer; `is_head` leaves its body out. All references must outlive the task.
Task<Result<void>> send_answer(Loop& loop, ResponseSink& sink, FailureAnswer answer, bool is_head);

/// Sends a whole answer of the edge's own and enters it into the record. A client that does not
/// take it is cut. All references must outlive the task.
Task<void> answer_failure(Loop& loop, ResponseSink& sink, AccessRecord& record, EdgeFailure failure,
                          bool is_head, std::string edge_name);

}  // namespace outhaul::edge
