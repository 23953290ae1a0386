#include "edge/forwarding/response_sink.h"

#include <string>
#include <utility>

#include "common/async/timed_wait.h"

namespace outhaul::edge {

namespace {

/// An answer this short is taken soon or never.
constexpr std::chrono::seconds answer_stall{10};

Task<Result<void>> write_body(Loop& loop, http::BodyWriter& writer, Bytes body) {
  while (!body.empty()) {
    writer.drive();
    if (writer.failed()) co_return writer.error();
    const std::size_t taken = writer.write(body);
    body = body.subspan(taken);
    if (taken > 0) continue;
    const bool woken = co_await wait_for(loop, writer.writable(), answer_stall);
    if (!woken) {
      co_return Error{ErrorKind::timed_out, "the client took no byte in time"};
    }
  }
  writer.finish({});
  co_return Result<void>();
}

}  // namespace

Task<Result<void>> send_answer(Loop& loop, ResponseSink& sink, FailureAnswer answer, bool is_head) {
  OUTHAUL_CO_CHECK(responded, sink.respond(answer.head, !is_head));
  if (!is_head) {
    OUTHAUL_CO_CHECK(written, co_await write_body(loop, sink.writer(), as_bytes(answer.body)));
  }
  co_return co_await drain_response(loop, sink, answer_stall);
}

Task<Result<void>> drain_response(Loop& loop, ResponseSink& sink, Duration stall) {
  http::BodyWriter& writer = sink.writer();
  for (;;) {
    writer.drive();
    if (writer.failed()) co_return writer.error();
    if (writer.drained()) co_return Result<void>();
    const bool woken = co_await wait_for(loop, writer.writable(), stall);
    if (!woken) {
      co_return Error{ErrorKind::timed_out, "the client took no byte in time"};
    }
  }
}

Task<void> answer_failure(Loop& loop, ResponseSink& sink, AccessRecord& record, EdgeFailure failure,
                          bool is_head, std::string edge_name) {
  record.status = failure.status;
  record.error = tunnel::to_string(failure.error);
  if (record.detail.empty()) record.detail = failure.detail;
  const AnswerContext context{std::move(edge_name), record.request_id};
  FailureAnswer answer = make_failure_answer(failure, context);
  const Result<void> sent = co_await send_answer(loop, sink, std::move(answer), is_head);
  if (!sent) sink.cut();
}

}  // namespace outhaul::edge
