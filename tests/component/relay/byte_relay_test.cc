#include <doctest/doctest.h>

#include "common/async/sleep.h"
#include "common/http/websocket.h"
#include "common/net/io.h"
#include "tests/component/relay/relay_fixture.h"

using namespace outhaul;
using namespace outhaul::testing;

namespace {

Task<void> write_to(h2::Stream& stream, std::string text) {
  Bytes rest = as_bytes(text);
  while (!rest.empty() && !stream.writer().failed()) {
    rest = rest.subspan(stream.writer().write(rest));
    if (!rest.empty()) co_await stream.writer().writable().wait();
  }
}

Task<std::string> read_from(h2::Stream& stream, std::size_t size) {
  std::string text;
  http::BodyReader& body = stream.body();
  while (text.size() < size) {
    const Bytes data = body.peek();
    text += as_text(data);
    body.consume(data.size());
    if (data.empty() && body.state() != http::BodyState::open) break;
    if (data.empty()) co_await body.readable().wait();
  }
  co_return text;
}

Task<int> status_of(h2::Stream& stream) {
  for (;;) {
    const auto head = stream.take_head();
    if (head) co_return head->status;
    if (stream.failed()) co_return -1;
    co_await stream.head_readable().wait();
  }
}

/// Speaks first, then answers what it got with its size once the client has ended its half.
Task<void> greet_and_count(net::ByteStream& stream) {
  co_await send_text(stream, "hello\n");
  const std::string got = co_await read_to_end(stream, std::string());
  co_await send_text(stream, std::to_string(got.size()) + "\n");
}

Task<void> half_close(RelayFixture& fixture, std::uint16_t port) {
  auto stream = co_await fixture.open(fixture.connect(port), true);
  const int status = co_await status_of(*stream);
  CHECK(status == 200);
  const std::string greeting = co_await read_from(*stream, 6);
  CHECK(greeting == "hello\n");
  co_await write_to(*stream, std::string(200'000, 'x'));
  stream->writer().finish(http::Fields());
  const std::string count = co_await read_from(*stream, 100);
  CHECK(count == "200000\n");
  CHECK(stream->body().state() == http::BodyState::complete);
}

Task<void> reset_at_once(net::ByteStream& stream) {
  std::byte one{};
  (void)co_await net::read_some(stream, MutableBytes(&one, 1));
  stream.reset();
}

Task<void> origin_resets(RelayFixture& fixture, std::uint16_t port) {
  auto stream = co_await fixture.open(fixture.connect(port), true);
  const int status = co_await status_of(*stream);
  CHECK(status == 200);
  co_await write_to(*stream, "x");
  (void)co_await read_from(*stream, 1);
  CHECK(stream->failed());
  CHECK(stream->peer_code() == h2::ErrorCode::connect_error);
}

Task<void> record_end(net::ByteStream& stream, std::string& seen, Readiness& ended) {
  seen = co_await read_to_end(stream, std::string());
  ended.set();
}

Task<void> client_resets(RelayFixture& fixture, std::uint16_t port, Readiness& ended) {
  auto stream = co_await fixture.open(fixture.connect(port), true);
  const int status = co_await status_of(*stream);
  CHECK(status == 200);
  stream->reset(h2::ErrorCode::cancel);
  stream.reset();
  co_await ended.wait();
}

Task<void> expect_refusal(RelayFixture& fixture, http::RequestHead head, int status,
                          std::string error) {
  const Reply reply = co_await fixture.fetch(std::move(head));
  CHECK(reply.status == status);
  CHECK(std::string(*reply.fields.find("proxy-status")).find(error) != std::string::npos);
}

/// A WebSocket server as far as the handshake goes; then it echoes.
Task<void> upgrade_and_echo(net::ByteStream& stream, std::string& request, std::string accept) {
  std::string rest;
  request = co_await read_head_text(stream, rest);
  if (accept.empty()) {
    const std::size_t at = request.find("sec-websocket-key: ") + 19;
    accept = http::websocket_accept(request.substr(at, request.find("\r\n", at) - at));
  }
  co_await send_text(stream,
                     "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade"
                     "\r\nSec-WebSocket-Accept: " +
                         accept + "\r\nSec-WebSocket-Protocol: chat\r\n\r\nfirst");
  const std::string got = co_await read_exactly(stream, rest, 6);
  co_await send_text(stream, got);
}

Task<void> chat(RelayFixture& fixture, std::uint16_t port) {
  auto stream = co_await fixture.open(fixture.websocket(port), true);
  for (;;) {
    const auto head = stream->take_head();
    if (!head) {
      co_await stream->head_readable().wait();
      continue;
    }
    CHECK(head->status == 200);
    CHECK(head->fields.find("sec-websocket-protocol") == "chat");
    CHECK_FALSE(head->fields.contains("sec-websocket-accept"));
    CHECK_FALSE(head->fields.contains("upgrade"));
    break;
  }
  const std::string first = co_await read_from(*stream, 5);
  CHECK(first == "first");
  co_await write_to(*stream, "frames");
  const std::string echoed = co_await read_from(*stream, 6);
  CHECK(echoed == "frames");
}

Task<void> wait_for_line(RelayFixture& fixture) {
  while (fixture.log().lines().empty())
    co_await end_of_turn(fixture.loop());
}

Task<void> refuse_upgrade(net::ByteStream& stream, std::string response) {
  std::string rest;
  (void)co_await read_head_text(stream, rest);
  co_await send_text(stream, std::move(response));
}

}  // namespace

TEST_CASE("TCP: the server may speak first, and each direction ends for itself") {
  RelayFixture fixture;
  ScriptedOrigin origin(
      fixture.loop(), [](Loop&, net::ByteStream& stream, int) { return greet_and_count(stream); });
  fixture.run(half_close(fixture, origin.port()));
}

TEST_CASE("TCP: a reset of the origin becomes CONNECT_ERROR") {
  RelayFixture fixture;
  ScriptedOrigin origin(fixture.loop(),
                        [](Loop&, net::ByteStream& stream, int) { return reset_at_once(stream); });
  fixture.run(origin_resets(fixture, origin.port()));
}

TEST_CASE("TCP: a reset of the stream becomes a reset of the origin connection") {
  RelayFixture fixture;
  std::string seen;
  Readiness ended(fixture.loop());
  ScriptedOrigin origin(fixture.loop(), [&seen, &ended](Loop&, net::ByteStream& stream, int) {
    return record_end(stream, seen, ended);
  });
  fixture.run(client_resets(fixture, origin.port(), ended));
  CHECK(seen == "<reset>");
}

TEST_CASE("TCP: what is refused") {
  RelayFixture fixture;
  http::RequestHead other = fixture.connect(9);
  other.authority = "127.0.0.1:10";
  fixture.run(expect_refusal(fixture, other, 400, "http_request_error"));
  fixture.run(expect_refusal(fixture, fixture.connect(9), 502, "connection_refused"));
  http::RequestHead get = fixture.request(9);
  get.fields.set("tunnel-service", *fixture.connect(9).fields.find("tunnel-service"));
  fixture.run(expect_refusal(fixture, get, 400, "http_request_error"));
}

TEST_CASE("WebSocket: own handshake toward the origin, then bytes both ways") {
  RelayFixture fixture;
  std::string request;
  ScriptedOrigin origin(fixture.loop(), [&request](Loop&, net::ByteStream& stream, int) {
    return upgrade_and_echo(stream, request, std::string());
  });
  fixture.run(chat(fixture, origin.port()));
  CHECK(request.starts_with("GET /chat HTTP/1.1\r\n"));
  CHECK(request.find("upgrade: websocket\r\n") != std::string::npos);
  CHECK(request.find("sec-websocket-version: 13\r\n") != std::string::npos);
  fixture.run(wait_for_line(fixture));
  CHECK(fixture.log().contains("status=200 bytes_up=6 bytes_down=11"));
}

TEST_CASE("WebSocket: a wrong accept key or 200 is http_upgrade_failed, other answers pass") {
  RelayFixture fixture;
  std::string request;
  ScriptedOrigin wrong(fixture.loop(), [&request](Loop&, net::ByteStream& stream, int) {
    return upgrade_and_echo(stream, request, "wrong");
  });
  fixture.run(expect_refusal(fixture, fixture.websocket(wrong.port()), 502, "http_upgrade_failed"));
  ScriptedOrigin plain(fixture.loop(), [](Loop&, net::ByteStream& stream, int) {
    return refuse_upgrade(stream, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
  });
  fixture.run(expect_refusal(fixture, fixture.websocket(plain.port()), 502, "http_upgrade_failed"));
  ScriptedOrigin denied(fixture.loop(), [](Loop&, net::ByteStream& stream, int) {
    return refuse_upgrade(stream, "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
  });
  fixture.run(expect_refusal(fixture, fixture.websocket(denied.port()), 403, "agent-0191dce4"));
}
