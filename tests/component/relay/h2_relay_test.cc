#include <doctest/doctest.h>

#include "tests/component/relay/h2_test_origin.h"

using namespace outhaul;
using namespace outhaul::testing;

namespace {

Task<void> fetch_into(RelayFixture& fixture, http::RequestHead head, std::string body,
                      bool has_body, Reply& reply) {
  reply = co_await fixture.fetch(std::move(head), std::move(body), has_body);
}

Reply fetch(RelayFixture& fixture, http::RequestHead head, std::string body = {},
            bool has_body = false) {
  Reply reply;
  fixture.run(fetch_into(fixture, std::move(head), std::move(body), has_body, reply));
  return reply;
}

std::string proxy_status(const Reply& reply) {
  return std::string(reply.fields.find("proxy-status").value_or("none"));
}

/// What an origin with that script answers to a request.
Reply answer_of(H2TestOrigin::Script script, std::string method = "GET") {
  RelayFixture fixture;
  fixture.configure(http2_only());
  H2TestOrigin origin(fixture.loop(), std::move(script));
  return fetch(fixture, fixture.request(origin.port(), std::move(method)));
}

Task<void> answer_with_all(h2::Stream& stream, int) {
  http::ResponseHead hints;
  hints.status = 103;
  hints.fields.add("link", "</style.css>");
  stream.inform(hints);
  hints.status = 100;
  stream.inform(hints);
  http::ResponseHead head;
  head.status = 200;
  head.fields.add("set-cookie", "a=1");
  head.fields.add("set-cookie", "b=2");
  head.fields.add("tunnel-retry", "?1");
  (void)stream.respond(head, true);
  co_await write_content(stream, "hello");
  http::Fields trailers;
  trailers.add("grpc-status", "0");
  trailers.add("content-type", "late");
  stream.writer().finish(trailers);
  while (!stream.writer().drained() && !stream.failed())
    co_await stream.writer().writable().wait();
}

/// Sends back what comes while it comes.
Task<void> echo(h2::Stream& stream, int) {
  http::ResponseHead head;
  head.status = 200;
  (void)stream.respond(head, true);
  http::BodyReader& body = stream.body();
  for (;;) {
    const Bytes data = body.peek();
    if (data.empty()) {
      if (body.state() != http::BodyState::open) break;
      co_await body.readable().wait();
      continue;
    }
    const std::size_t taken = stream.writer().write(data);
    body.consume(taken);
    if (taken == 0) co_await stream.writer().writable().wait();
  }
  stream.writer().finish(body.trailers());
  while (!stream.writer().drained() && !stream.failed())
    co_await stream.writer().writable().wait();
}

Task<void> trailers_only(h2::Stream& stream, int) {
  http::ResponseHead head;
  head.status = 200;
  head.fields.add("content-type", "application/grpc");
  head.fields.add("grpc-status", "12");
  (void)stream.respond(head, false);
  co_return;
}

Task<void> empty_with_trailers(h2::Stream& stream, int) {
  http::ResponseHead head;
  head.status = 200;
  (void)stream.respond(head, true);
  http::Fields trailers;
  trailers.add("grpc-status", "5");
  stream.writer().finish(trailers);
  while (!stream.writer().drained() && !stream.failed())
    co_await stream.writer().writable().wait();
}

Task<void> reset_before_head(h2::Stream& stream, int) {
  stream.reset(h2::ErrorCode::internal_error);
  co_return;
}

Task<void> reset_after_head(h2::Stream& stream, int) {
  http::ResponseHead head;
  head.status = 200;
  (void)stream.respond(head, true);
  co_await write_content(stream, "half");
  // The stream is dropped, which resets it.
}

Task<void> wrong_length(h2::Stream& stream, int) {
  http::ResponseHead head;
  head.status = 200;
  head.fields.add("content-length", "10");
  (void)stream.respond(head, true);
  co_await write_content(stream, "half");
  stream.writer().finish({});
  while (!stream.writer().drained() && !stream.failed())
    co_await stream.writer().writable().wait();
}

Task<void> many_hints(h2::Stream& stream, int) {
  http::ResponseHead head;
  head.status = 103;
  for (int i = 0; i < 9; ++i)
    stream.inform(head);
  co_await answer_with(stream, 200, "hello");
}

Task<void> too_large(h2::Stream& stream, int) {
  http::ResponseHead head;
  head.status = 200;
  head.fields.add("x", std::string(40'000, 'x'));
  (void)stream.respond(head, false);
  co_return;
}

Task<void> silence(h2::Stream& stream, int) {
  (void)co_await read_content(stream);
  co_await wait_until_failed(stream);
}

Task<void> take_nothing(h2::Stream& stream, int) {
  co_await wait_until_failed(stream);
}

Task<void> length_without_content(h2::Stream& stream, int) {
  http::ResponseHead head;
  head.status = 200;
  head.fields.add("content-length", "100");
  (void)stream.respond(head, false);
  co_return;
}

Task<void> speak_http1(Loop&, net::ByteStream& stream, int) {
  std::string rest;
  (void)co_await read_head_text(stream, rest);
  co_await send_text(stream, "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
  (void)co_await read_to_end(stream, rest);
}

Task<void> full_duplex(RelayFixture& fixture, std::uint16_t port) {
  auto stream = co_await fixture.open(fixture.request(port, "POST"), true);
  for (const std::string part : {"one", "two"}) {
    co_await write_content(*stream, part);
    std::string got;
    while (got.size() < part.size()) {
      const Bytes data = stream->body().peek();
      got += as_text(data);
      stream->body().consume(data.size());
      if (got.size() < part.size()) co_await stream->body().readable().wait();
    }
    CHECK(got == part);
  }
  http::Fields trailers;
  trailers.add("x-sum", "7");
  stream->writer().finish(trailers);
  const Reply reply = co_await fixture.collect(*stream);
  CHECK(reply.complete);
  CHECK(reply.trailers.find("x-sum") == "7");
}

Task<void> answer_early(h2::Stream& stream, int) {
  co_await answer_with(stream, 413, "too much");
  co_await wait_until_failed(stream);  // it reads nothing: the upload must end all the same
}

/// What becomes of a request at the origin when its client is gone.
struct Watcher {
  std::optional<h2::ErrorCode> code;
  Readiness begun;
  Readiness ended;
  explicit Watcher(Loop& loop) : begun(loop), ended(loop) {}

  Task<void> play(h2::Stream& stream, int) {
    http::ResponseHead head;
    head.status = 200;
    (void)stream.respond(head, true);
    co_await write_content(stream, "first");
    begun.set();
    co_await wait_until_failed(stream);
    code = stream.peer_code();
    ended.set();
  }
};

Task<void> open_and_drop(RelayFixture& fixture, std::uint16_t port, Watcher& watcher) {
  auto stream = co_await fixture.open(fixture.request(port, "POST"), true);
  co_await watcher.begun.wait();
  stream.reset();
  co_await watcher.ended.wait();
}

}  // namespace

TEST_CASE("HTTP/2 origin: request and response arrive as they were sent") {
  RelayFixture fixture;
  fixture.configure(http2_only());
  H2TestOrigin origin(fixture.loop(), answer_with_all);
  http::RequestHead head = fixture.request(origin.port(), "GET", "/a%2Fb?q=1&x=//");
  head.fields.add("te", "trailers");
  head.fields.add("grpc-timeout", "5S");
  const Reply reply = fetch(fixture, head);
  CHECK(reply.interim == std::vector<int>{103});
  CHECK(reply.status == 200);
  CHECK(reply.body == "hello");
  CHECK(reply.complete);
  CHECK(reply.trailers.find("grpc-status") == "0");
  CHECK_FALSE(reply.trailers.contains("content-type"));
  CHECK(reply.fields.count("set-cookie") == 2);
  CHECK_FALSE(reply.fields.contains("tunnel-retry"));
  CHECK(proxy_status(reply) == "\"agent-0191dce4\"");
  REQUIRE(origin.requests().size() == 1);
  const http::RequestHead& seen = origin.requests()[0];
  CHECK(seen.method == "GET");
  CHECK(seen.scheme == "http");
  CHECK(seen.authority == "app.internal");
  CHECK(seen.path == "/a%2Fb?q=1&x=//");
  CHECK(seen.fields.find("te") == "trailers");
  CHECK(seen.fields.find("grpc-timeout") == "5S");
  CHECK(seen.fields.find("via") == "2 outhaul");
  CHECK_FALSE(seen.fields.contains("tunnel-service"));
  CHECK(fixture.log().contains("id=r1"));
}

TEST_CASE("HTTP/2 origin: content of any size comes back, with trailers") {
  RelayFixture fixture;
  fixture.configure(http2_only());
  H2TestOrigin origin(fixture.loop(), echo);
  for (const std::size_t size : {0U, 1U, 65'535U, 65'536U, 1'000'000U}) {
    CAPTURE(size);
    std::string text;
    while (text.size() < size)
      text += std::to_string(text.size());
    text.resize(size);
    const Reply reply = fetch(fixture, fixture.request(origin.port(), "POST"), text, true);
    CHECK(reply.status == 200);
    CHECK(reply.complete);
    CHECK(reply.body == text);
  }
  CHECK(origin.connections() == 1);
  fixture.run(full_duplex(fixture, origin.port()));
}

TEST_CASE("HTTP/2 origin: heads without content") {
  Reply reply = answer_of(trailers_only, "POST");
  CHECK(reply.fields.find("grpc-status") == "12");
  CHECK(reply.complete);
  CHECK(reply.body.empty());
  reply = answer_of(empty_with_trailers, "POST");
  CHECK_FALSE(reply.fields.contains("grpc-status"));
  CHECK(reply.trailers.find("grpc-status") == "5");
  for (const int status : {204, 304}) {
    reply =
        answer_of([status](h2::Stream& stream, int) { return answer_with(stream, status, {}); });
    CHECK(reply.status == status);
    CHECK(reply.complete);
  }
  reply = answer_of(length_without_content, "HEAD");
  CHECK(reply.fields.find("content-length") == "100");
  CHECK(reply.complete);
}

TEST_CASE("HTTP/2 origin: failures before the head are answered with their cause") {
  struct Row {
    H2TestOrigin::Script script;
    int status;
    std::string error;
  };
  const Row rows[] = {
      {reset_before_head, 502, "connection_terminated"},
      {many_hints, 502, "http_protocol_error"},
      {too_large, 502, "http_response_header_section_size"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.error);
    const Reply reply = answer_of(row.script);
    CHECK(reply.status == row.status);
    CHECK(proxy_status(reply).find("error=" + row.error) != std::string::npos);
    CHECK_FALSE(reply.fields.contains("tunnel-retry"));  // the origin had the request
  }
}

TEST_CASE("HTTP/2 origin: a cut response never looks complete") {
  for (const H2TestOrigin::Script& script :
       {H2TestOrigin::Script(reset_after_head), H2TestOrigin::Script(wrong_length)}) {
    const Reply reply = answer_of(script);
    CHECK(reply.status == 200);
    CHECK_FALSE(reply.complete);
    CHECK(reply.reset == h2::ErrorCode::internal_error);
  }
}

TEST_CASE("HTTP/2 origin: one that does not answer is given up") {
  Limits limits;
  limits.origin_first_byte = std::chrono::seconds(1);
  RelayFixture fixture(limits);
  fixture.configure(http2_only(limits));
  H2TestOrigin origin(fixture.loop(), silence);
  const Reply reply = fetch(fixture, fixture.request(origin.port()));
  CHECK(reply.status == 504);
  CHECK(proxy_status(reply).find("error=http_response_timeout") != std::string::npos);
}

TEST_CASE("HTTP/2 origin: one that takes no content is given up") {
  Limits limits;
  limits.upload_stall = std::chrono::seconds(1);
  RelayFixture fixture(limits);
  fixture.configure(http2_only(limits));
  H2TestOrigin origin(fixture.loop(), take_nothing);
  const Reply reply =
      fetch(fixture, fixture.request(origin.port(), "POST"), std::string(300'000, 'u'), true);
  CHECK(reply.status == 504);
  CHECK(proxy_status(reply).find("error=connection_write_timeout") != std::string::npos);
}

TEST_CASE("HTTP/2 origin: an early answer ends the upload") {
  RelayFixture fixture;
  fixture.configure(http2_only());
  H2TestOrigin origin(fixture.loop(), answer_early);
  const Reply reply =
      fetch(fixture, fixture.request(origin.port(), "POST"), std::string(300'000, 'u'), true);
  CHECK(reply.status == 413);
  CHECK(reply.body == "too much");
  CHECK(reply.complete);
}

TEST_CASE("HTTP/2 origin: a request that its client gives up is reset with CANCEL") {
  RelayFixture fixture;
  fixture.configure(http2_only());
  Watcher watcher(fixture.loop());
  H2TestOrigin origin(fixture.loop(), [&watcher](h2::Stream& stream, int connection) {
    return watcher.play(stream, connection);
  });
  fixture.run(open_and_drop(fixture, origin.port(), watcher));
  CHECK(watcher.code == h2::ErrorCode::cancel);
  CHECK(origin.session(0) != nullptr);  // the connection goes on
}

TEST_CASE("an origin that does not speak HTTP/2 is named as such, and the request is untouched") {
  RelayFixture fixture;
  fixture.configure(http2_only());
  ScriptedOrigin origin(fixture.loop(), speak_http1);
  const Reply reply = fetch(fixture, fixture.request(origin.port()));
  CHECK(reply.status == 502);
  CHECK(proxy_status(reply).find("error=http_protocol_error") != std::string::npos);
  CHECK(reply.body.find("--origin-protocol") != std::string::npos);
  CHECK(reply.fields.find("tunnel-retry") == "?1");
}
