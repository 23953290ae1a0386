#include "edge/admin/admin_listener.h"

#include <optional>
#include <string>
#include <utility>

#include "common/async/combinators.h"
#include "common/async/readiness.h"
#include "common/http/single_exchange.h"
#include "common/net/io.h"
#include "edge/api/api_json.h"

namespace outhaul::edge {

namespace {

constexpr std::chrono::seconds request_time{10};

/// Where an answer from another thread arrives.
struct PendingAnswer {
  explicit PendingAnswer(Loop& loop) : arrived(loop) {}
  std::optional<ApiResponse> response;
  Readiness arrived;
};

}  // namespace

net::ListenOptions admin_listen_options() {
  net::ListenOptions options;
  options.unix_mode = 0600;
  return options;
}

AdminListener::AdminListener(Loop& loop, Log& log, Api& api,
                             std::unique_ptr<net::Listener> listener)
    : loop_(loop), log_(log), api_(api), listener_(std::move(listener)), tasks_(loop) {}

void AdminListener::start() {
  tasks_.spawn(accept_all());
}

Task<void> AdminListener::accept_all() {
  for (;;) {
    auto accepted = co_await listener_->accept();
    if (!accepted) {
      log_.error("admin_listener_failed", {{"message", accepted.error().message}});
      co_return;
    }
    tasks_.spawn(serve(std::move(*accepted)));
  }
}

Task<void> AdminListener::serve(std::unique_ptr<net::TcpStream> stream) {
  const Result<void> answered = co_await answer(*stream);
  if (!answered) {
    log_.debug("admin_request_failed", {{"message", answered.error().message}});
  }
}

Task<Result<void>> AdminListener::answer(net::ByteStream& stream) {
  Task<Result<ApiRequest>> reading = read_request(stream);
  Result<ApiRequest> request =
      co_await with_deadline(loop_, std::move(reading), request_time, "the request");
  ApiResponse response;
  if (request) {
    const std::string what = request->method + " " + request->path;
    response = co_await call(std::move(*request));
    log_.info("admin_request", {{"request", what}, {"status", response.status}});
  } else if (request.error().kind == ErrorKind::invalid) {
    response = failure(400, ApiCode::bad_request, request.error().message);
  } else {
    co_return std::move(request.error());
  }
  const std::string text =
      http::whole_response(response.status, response.content_type, response.body);
  Task<Result<void>> writing = net::write_all(stream, as_bytes(text));
  OUTHAUL_CO_CHECK(written,
                   co_await with_deadline(loop_, std::move(writing), request_time, "the answer"));
  co_return co_await net::shutdown(stream);
}

Task<Result<ApiRequest>> AdminListener::read_request(net::ByteStream& stream) {
  OUTHAUL_CO_TRY(whole, co_await http::read_whole_request(stream, max_api_body_bytes));
  const http::RequestHead& head = whole.head;
  ApiRequest request;
  request.method = head.method;
  const std::size_t question = head.path.find('?');
  request.path = head.path.substr(0, question);
  if (question != std::string::npos) request.query = head.path.substr(question + 1);
  request.authorization = head.fields.find("authorization").value_or("");
  request.body = std::move(whole.body);
  co_return request;
}

Task<ApiResponse> AdminListener::call(ApiRequest request) {
  const auto pending = std::make_shared<PendingAnswer>(loop_);
  const std::weak_ptr<PendingAnswer> waiting = pending;
  const ApiCompletion done = [&loop = loop_, waiting](ApiResponse response) {
    loop.post([waiting, response = std::move(response)] {
      // The connection may be gone meanwhile.
      const auto answer = waiting.lock();
      if (!answer) return;
      answer->response = response;
      answer->arrived.set();
    });
  };
  api_.handle(request, done);
  while (!pending->response)
    co_await pending->arrived.wait();
  co_return std::move(*pending->response);
}

}  // namespace outhaul::edge
