#include "edge/admin/admin_listener.h"

#include <optional>
#include <string>
#include <utility>

#include "common/async/combinators.h"
#include "common/async/readiness.h"
#include "common/http/h1_body_reader.h"
#include "common/http/h1_read_head.h"
#include "common/http/h1_writer.h"
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

/// The body, or as much of it as shows that it is too long.
Task<Result<std::string>> read_body(net::ByteStream& stream, ByteQueue& input,
                                    http::Framing framing) {
  http::H1BodyReader body(stream, input, framing);
  std::string text;
  while (text.size() <= max_api_body_bytes) {
    const Bytes data = body.peek();
    text += as_text(data);
    if (!data.empty()) {
      body.consume(data.size());
      continue;
    }
    if (body.state() == http::BodyState::complete) break;
    if (body.state() == http::BodyState::failed) co_return body.error();
    co_await body.readable().wait();
  }
  co_return text;
}

std::string response_text(const ApiResponse& response) {
  http::ResponseHead head;
  head.status = response.status;
  head.fields.add("content-type", response.content_type);
  http::Framing framing;
  framing.kind = http::BodyKind::content_length;
  framing.length = response.body.size();
  framing.must_close = true;
  std::string text;
  http::append_response_head(text, head, framing);
  return text + response.body;
}

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
  const std::string text = response_text(response);
  Task<Result<void>> writing = net::write_all(stream, as_bytes(text));
  OUTHAUL_CO_CHECK(written,
                   co_await with_deadline(loop_, std::move(writing), request_time, "the answer"));
  co_return co_await net::shutdown(stream);
}

Task<Result<ApiRequest>> AdminListener::read_request(net::ByteStream& stream) {
  http::RequestHeadParser parser;
  ByteQueue input;
  OUTHAUL_CO_TRY(read, co_await http::read_head(parser, stream, input));
  if (read == http::HeadRead::ended) co_return Error{ErrorKind::closed, "no request came"};
  if (read == http::HeadRead::refused) co_return http::request_error(parser.fault());
  const http::RequestHead head = parser.take_head();
  OUTHAUL_CO_TRY(framing, http::request_framing(head.method, parser.version(), head.fields));
  ApiRequest request;
  request.method = head.method;
  const std::size_t question = head.path.find('?');
  request.path = head.path.substr(0, question);
  if (question != std::string::npos) request.query = head.path.substr(question + 1);
  request.authorization = head.fields.find("authorization").value_or("");
  OUTHAUL_CO_TRY(body, co_await read_body(stream, input, framing));
  request.body = std::move(body);
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
