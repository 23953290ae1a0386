#include "tests/fuzz/h2_application.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "common/http/body.h"
#include "common/http/message.h"
#include "tests/fuzz/property.h"

namespace outhaul::fuzz {
namespace {

constexpr std::size_t content_bytes = 40000;

/// Reads what has come. True when the body is over, one way or the other.
bool drain(http::BodyReader& body) {
  for (;;) {
    const Bytes data = body.peek();
    if (data.empty()) return body.state() != http::BodyState::open;
    body.consume(data.size());
  }
}

http::RequestHead request_head(std::string method, std::string path) {
  http::RequestHead head;
  head.method = std::move(method);
  head.scheme = "https";
  head.authority = "a.test";
  head.path = std::move(path);
  return head;
}

}  // namespace

void Application::on_request(std::unique_ptr<h2::Stream> stream) {
  require(!stream->request().method.empty() || stream->oversized(), "a request has a method");
  exchanges_.push_back({.stream = std::move(stream)});
}

void Application::open_requests(h2::Session& session) {
  if (!ready_ || opened_) return;
  opened_ = true;
  http::RequestHead tunnel = request_head("CONNECT", "/socket");
  tunnel.protocol = "websocket";
  const std::array<std::pair<http::RequestHead, bool>, 4> requests = {
      std::pair{request_head("GET", "/"), false},
      {request_head("HEAD", "/head"), false},
      {request_head("POST", "/upload"), true},
      {std::move(tunnel), true}};
  for (const auto& [head, has_body] : requests) {
    auto stream = session.open(head, has_body);
    if (!stream) continue;
    exchanges_.push_back({.stream = std::move(*stream), .server = false, .finished = !has_body});
  }
}

void Application::step() {
  // By index and from the back: a call into a stream may not add any, but erasing moves them.
  for (std::size_t i = exchanges_.size(); i > 0; --i) {
    if (!step(exchanges_[i - 1])) {
      exchanges_.erase(exchanges_.begin() + static_cast<std::ptrdiff_t>(i - 1));
    }
  }
}

bool Application::step(Exchange& exchange) {
  h2::Stream& stream = *exchange.stream;
  if (stream.failed()) {
    require(!stream.failure().message.empty(), "a failed stream says why");
    return false;
  }
  if (conduct_ == Conduct::reset) {
    stream.reset(h2::ErrorCode::cancel);
    return false;
  }
  return exchange.server ? step_server(exchange) : step_client(exchange);
}

bool Application::step_server(Exchange& exchange) {
  h2::Stream& stream = *exchange.stream;
  const bool reads = conduct_ != Conduct::stall && !stream.oversized();
  const bool request_over = reads && drain(stream.body());
  if (!exchange.answered) {
    exchange.answered = true;
    if (conduct_ == Conduct::answer) stream.inform({.status = 103, .fields = {}});
    http::ResponseHead head{.status = stream.oversized() ? 431 : 200, .fields = {}};
    head.fields.add("content-type", "text/plain");
    const bool has_body = !stream.oversized() && stream.request().method != "HEAD";
    if (!stream.respond(head, has_body)) return false;
    exchange.finished = !has_body;
  }
  write(exchange);
  if (!exchange.finished) return true;
  if (conduct_ == Conduct::early) {
    stream.abandon_with(h2::ErrorCode::no_error);
    return false;
  }
  return !(stream.writer().drained() && (request_over || !reads));
}

bool Application::step_client(Exchange& exchange) {
  h2::Stream& stream = *exchange.stream;
  while (const auto head = stream.take_head()) {
    require(head->status >= 100, "a response has a status");
    if (head->status >= 200) exchange.answered = true;
  }
  write(exchange);
  if (conduct_ == Conduct::stall || !exchange.answered) return true;
  const bool response_over = drain(stream.body());
  return !(response_over && (exchange.finished || conduct_ == Conduct::early));
}

void Application::write(Exchange& exchange) {
  static const std::string content(content_bytes, 'c');
  h2::Stream& stream = *exchange.stream;
  if (exchange.finished || stream.failed()) return;
  const std::size_t taken =
      stream.writer().write(as_bytes(std::string_view(content).substr(exchange.written)));
  exchange.written += taken;
  require(exchange.written <= content.size(), "a writer takes no more than it was given");
  if (exchange.written < content.size()) return;
  http::Fields trailers;
  if (conduct_ == Conduct::answer) trailers.add("x-end", "1");
  stream.writer().finish(trailers);
  exchange.finished = true;
}

}  // namespace outhaul::fuzz
