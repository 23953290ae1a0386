#include "agent/relay/answer.h"

#include "common/async/timed_wait.h"
#include "common/base/access_log.h"

namespace outhaul::agent {

Task<void> answer(RelayRequest& request, const RelayFailure& failure, AnswerContent content) {
  h2::Stream& stream = request.stream;
  const FailureResponse response =
      make_failure_response(failure, request.context.tunnel_id, !request.touched);
  request.record.status = response.head.status;
  request.record.error = tunnel::to_string(tunnel::answer_of(failure.failure).error);
  request.record.detail = failure.detail;
  // The rest of a request body is declined, not awaited (RFC 9113 section 8.1).
  stream.abandon_with(h2::ErrorCode::no_error);
  const bool has_body = content == AnswerContent::problem;
  if (!stream.respond(response.head, has_body)) co_return;
  http::BodyWriter& writer = stream.writer();
  if (has_body) {
    Bytes rest = as_bytes(response.body);
    while (!rest.empty() && !writer.failed()) {
      rest = rest.subspan(writer.write(rest));
      if (!rest.empty()) co_await writer.writable().wait();
    }
    writer.finish({});
  }
  co_await wait_until_sent(request);
}

Task<void> wait_until_sent(RelayRequest& request) {
  http::BodyWriter& writer = request.stream.writer();
  const Duration limit = request.service ? Duration(request.settings().idle_timeout) : Duration();
  while (!writer.drained() && !writer.failed()) {
    const bool woken = co_await wait_for(request.context.loop, writer.writable(), limit);
    if (woken) continue;
    request.record.error = client_stalled;
    request.record.detail = "the receiver took no byte in time";
    request.stream.reset(h2::ErrorCode::internal_error);
  }
}

}  // namespace outhaul::agent
