#include <doctest/doctest.h>

#include "tests/component/relay/h2_test_origin.h"

using namespace outhaul;
using namespace outhaul::testing;

namespace {

Task<void> reject(h2::Stream& stream, int) {
  co_await answer_with(stream, 403, "no");
}

/// Says hello, sends back what comes, and ends with a note when the client has ended.
Task<void> chat(h2::Stream& stream, int) {
  http::ResponseHead head;
  head.status = 200;
  head.fields.add("sec-websocket-protocol", "chat");
  (void)stream.respond(head, true);
  co_await write_content(stream, "hello,");
  std::string got = co_await read_content(stream);
  co_await write_content(stream, std::move(got) + ",bye");
  stream.writer().finish({});
  while (!stream.writer().drained() && !stream.failed())
    co_await stream.writer().writable().wait();
}

Task<void> accept_and_reset(h2::Stream& stream, int) {
  http::ResponseHead head;
  head.status = 200;
  (void)stream.respond(head, true);
  co_await write_content(stream, "hello");
  while (stream.body().peek().empty() && !stream.failed())
    co_await stream.body().readable().wait();
  stream.reset(h2::ErrorCode::internal_error);
}

Task<void> converse(RelayFixture& fixture, http::RequestHead head, std::string text, Reply& reply) {
  auto stream = co_await fixture.open(std::move(head), true);
  co_await write_content(*stream, std::move(text));
  stream->writer().finish({});
  reply = co_await fixture.collect(*stream);
}

Reply talk_to(H2TestOrigin::Script script, const h2::SessionOptions& options, std::string text,
              std::vector<http::RequestHead>* seen = nullptr) {
  RelayFixture fixture;
  fixture.configure(http2_only());
  H2TestOrigin origin(fixture.loop(), std::move(script), options);
  Reply reply;
  fixture.run(converse(fixture, fixture.websocket(origin.port()), std::move(text), reply));
  if (seen != nullptr) *seen = origin.requests();
  return reply;
}

}  // namespace

TEST_CASE("WebSocket goes to an HTTP/2 origin as an extended CONNECT") {
  std::vector<http::RequestHead> seen;
  const std::string text(200'000, 'w');
  const Reply reply = talk_to(chat, {}, text, &seen);
  CHECK(reply.status == 200);
  CHECK(reply.body == "hello," + text + ",bye");
  CHECK(reply.complete);
  CHECK(reply.fields.find("sec-websocket-protocol") == "chat");
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].method == "CONNECT");
  CHECK(seen[0].protocol == "websocket");
  CHECK(seen[0].path == "/chat");
  CHECK(seen[0].fields.find("sec-websocket-version") == "13");
  CHECK_FALSE(seen[0].fields.contains("sec-websocket-key"));
}

TEST_CASE("WebSocket: another answer of an HTTP/2 origin passes as it is") {
  const Reply reply = talk_to(reject, {}, "");
  CHECK(reply.status == 403);
  CHECK(reply.body == "no");
  CHECK(reply.complete);
}

TEST_CASE("WebSocket: an abort of the HTTP/2 origin is an abort with CANCEL") {
  const Reply reply = talk_to(accept_and_reset, {}, "x");
  CHECK(reply.status == 200);
  CHECK_FALSE(reply.complete);
  CHECK(reply.reset == h2::ErrorCode::cancel);
}

TEST_CASE("WebSocket: an HTTP/2-only origin without extended CONNECT is a clear failure") {
  h2::SessionOptions options;
  options.enable_connect_protocol = false;
  const Reply reply = talk_to(chat, options, "x");
  CHECK(reply.status == 502);
  CHECK(reply.fields.find("proxy-status")->find("error=http_upgrade_failed") !=
        std::string_view::npos);
  CHECK(reply.body.find("RFC 8441") != std::string::npos);
  CHECK(reply.fields.find("tunnel-retry") == "?1");
}
