#include <doctest/doctest.h>

#include "tests/component/relay/relay_fixture.h"

using namespace outhaul;
using namespace outhaul::testing;

namespace {

/// Answers every request of a connection with `response`, and keeps the heads.
struct Responder {
  std::string response;
  std::vector<std::string> heads;
  bool close = false;

  Task<void> play(Loop&, net::ByteStream& stream, int) {
    std::string rest;
    for (;;) {
      std::string head = co_await read_head_text(stream, rest);
      if (head.empty()) co_return;
      heads.push_back(std::move(head));
      co_await send_text(stream, response);
      if (close) co_return;
    }
  }
};

ScriptedOrigin::Script script_of(Responder& responder) {
  return [&responder](Loop& loop, net::ByteStream& stream, int index) {
    return responder.play(loop, stream, index);
  };
}

Task<void> fetch_into(RelayFixture& fixture, http::RequestHead head, Reply& reply) {
  reply = co_await fixture.fetch(std::move(head));
}

Reply fetch(RelayFixture& fixture, http::RequestHead head) {
  Reply reply;
  fixture.run(fetch_into(fixture, std::move(head), reply));
  return reply;
}

std::string proxy_status(const Reply& reply) {
  return std::string(reply.fields.find("proxy-status").value_or("none"));
}

Reply answer_to(const std::string& response, bool close = true) {
  RelayFixture fixture;
  Responder responder{response, {}, close};
  ScriptedOrigin origin(fixture.loop(), script_of(responder));
  return fetch(fixture, fixture.request(origin.port()));
}

// An origin that reads the head, then the body, and answers with its size.
Task<void> count_body(Loop&, net::ByteStream& stream, int) {
  std::string rest;
  const std::string head = co_await read_head_text(stream, rest);
  const bool chunked = head.find("transfer-encoding: chunked") != std::string::npos;
  std::string body = co_await read_exactly(stream, rest, 300'000);
  const std::string note = std::to_string(body.size()) + (chunked ? " chunked" : " length");
  co_await send_text(stream, "HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(note.size()) +
                                 "\r\n\r\n" + note);
}

Task<void> upload(RelayFixture& fixture, http::RequestHead head, Reply& reply) {
  reply = co_await fixture.fetch(std::move(head), std::string(300'000, 'u'));
}

/// Answers with the chunked body that it gets, as it stands on the wire.
Task<void> echo_chunks(Loop&, net::ByteStream& stream, int) {
  std::string rest;
  (void)co_await read_head_text(stream, rest);
  std::string body = std::move(rest);
  while (!body.ends_with("\r\n\r\n")) {
    std::string none;
    const std::string more = co_await read_exactly(stream, none, 1);
    if (more.empty()) co_return;
    body += more + none;
  }
  co_await send_text(stream, "HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(body.size()) +
                                 "\r\n\r\n" + body);
}

/// Head, content and trailers leave in one turn, so that the agent gets them at once.
Task<void> upload_at_once(RelayFixture& fixture, http::RequestHead head, std::string content,
                          Reply& reply) {
  auto stream = co_await fixture.open(std::move(head), true);
  CHECK(stream->writer().write(as_bytes(content)) == content.size());
  http::Fields trailers;
  trailers.add("x-end", "1");
  stream->writer().finish(trailers);
  reply = co_await fixture.collect(*stream);
}

Task<void> answer_early(Loop& loop, net::ByteStream& stream, int) {
  std::string rest;
  (void)co_await read_head_text(stream, rest);
  co_await send_text(stream, "HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\n\r\nbig");
  // Keeps the connection and reads nothing: the upload must end all the same.
  Readiness never(loop);
  co_await never.wait();
}

/// The first connection dies at the second request; the others answer.
struct RacingOrigin {
  int requests = 0;
  std::string last_words;
  Task<void> play(Loop&, net::ByteStream& stream, int index) {
    std::string rest;
    for (;;) {
      const std::string head = co_await read_head_text(stream, rest);
      if (head.empty()) co_return;
      ++requests;
      if (index == 0 && requests == 2) {
        co_await send_text(stream, last_words);
        co_return;
      }
      co_await send_text(stream, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    }
  }
};

/// Reads the head, then waits for the connection's end.
Task<void> watch_end(net::ByteStream& stream, std::string& seen, Readiness& changed) {
  std::string rest;
  (void)co_await read_head_text(stream, rest);
  seen = "request";
  changed.set();
  (void)co_await read_to_end(stream, rest);
  seen = "ended";
  changed.set();
}

Task<void> open_and_drop(RelayFixture& fixture, std::uint16_t port, const std::string& seen,
                         Readiness& changed) {
  auto stream = co_await fixture.open(fixture.request(port), false);
  co_await changed.wait();
  CHECK(seen == "request");
  changed.clear();
  stream.reset();
  co_await changed.wait();
}

Task<void> swallow(net::ByteStream& stream) {
  (void)co_await read_to_end(stream, std::string());
}

}  // namespace

// The stream has ended before the relay looks at it; that is no request without a body.
TEST_CASE("a small body of unknown length that comes together with its head is sent") {
  for (const std::string content : {"hello", ""}) {
    RelayFixture fixture;
    ScriptedOrigin origin(fixture.loop(), echo_chunks);
    Reply reply;
    fixture.run(upload_at_once(fixture, fixture.request(origin.port(), "POST"), content, reply));
    CHECK(reply.status == 200);
    CHECK(reply.body ==
          std::string(content.empty() ? "" : "5\r\nhello\r\n") + "0\r\nx-end: 1\r\n\r\n");
  }
}

TEST_CASE("a response arrives as the origin sent it, with the agent's Proxy-Status") {
  RelayFixture fixture;
  Responder responder{
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: 1\r\nSet-Cookie: a=1\r\n"
      "Set-Cookie: b=2\r\nConnection: x-hop\r\nX-Hop: no\r\nTunnel-Retry: ?1\r\n"
      "\r\nhello",
      {},
      false};
  ScriptedOrigin origin(fixture.loop(), script_of(responder));
  http::RequestHead head = fixture.request(origin.port(), "GET", "/a%2Fb?q=1&x=//");
  head.fields.add("cookie", "a=1");
  head.fields.add("cookie", "b=2");
  head.fields.add("tunnel-evil", "1");
  const Reply reply = fetch(fixture, head);
  CHECK(reply.status == 200);
  CHECK(reply.body == "hello");
  CHECK(reply.complete);
  CHECK(reply.fields.find("x-a") == "1");
  CHECK(reply.fields.count("set-cookie") == 2);
  CHECK_FALSE(reply.fields.contains("x-hop"));
  CHECK_FALSE(reply.fields.contains("connection"));
  CHECK_FALSE(reply.fields.contains("tunnel-retry"));
  CHECK(proxy_status(reply) == "\"agent-0191dce4\"");
  REQUIRE(responder.heads.size() == 1);
  const std::string& sent = responder.heads[0];
  CHECK(sent.starts_with("GET /a%2Fb?q=1&x=// HTTP/1.1\r\nhost: app.internal\r\n"));
  CHECK(sent.find("cookie: a=1; b=2\r\n") != std::string::npos);
  CHECK(sent.find("via: 2 outhaul\r\n") != std::string::npos);
  CHECK(sent.find("tunnel-") == std::string::npos);
  CHECK(fixture.log().contains("id=r1"));
}

TEST_CASE("connections are reused, unless the origin does not want it") {
  RelayFixture fixture;
  Responder keeps{"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", {}, false};
  ScriptedOrigin keeping(fixture.loop(), script_of(keeps));
  for (int i = 0; i < 5; ++i)
    CHECK(fetch(fixture, fixture.request(keeping.port())).body == "ok");
  CHECK(keeping.connections() == 1);

  Responder closes{"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok", {}, true};
  ScriptedOrigin closing(fixture.loop(), script_of(closes));
  for (int i = 0; i < 3; ++i)
    CHECK(fetch(fixture, fixture.request(closing.port())).body == "ok");
  CHECK(closing.connections() == 3);
}

TEST_CASE("bytes behind a response are never taken for the next one") {
  RelayFixture fixture;
  Responder responder{
      "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\nevil", {}, false};
  ScriptedOrigin origin(fixture.loop(), script_of(responder));
  for (int i = 0; i < 3; ++i)
    CHECK(fetch(fixture, fixture.request(origin.port())).body == "ok");
  CHECK(origin.connections() == 3);
}

TEST_CASE("responses of every framing") {
  CHECK(answer_to("HTTP/1.1 200 OK\r\n\r\nto the end").body == "to the end");
  CHECK(answer_to("HTTP/1.0 200 OK\r\n\r\nold").body == "old");
  CHECK(answer_to("HTTP/1.1 204 No Content\r\n\r\n", false).complete);
  CHECK(answer_to("HTTP/1.1 304 Not Modified\r\ncontent-length: 99\r\n\r\n", false).complete);
  const Reply chunked = answer_to(
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n"
      "x-sum: 7\r\ncontent-length: 1\r\n\r\n");
  CHECK(chunked.body == "abcde");
  CHECK(chunked.trailers.find("x-sum") == "7");
  CHECK_FALSE(chunked.trailers.contains("content-length"));
}

TEST_CASE("a HEAD has no body, whatever its content-length says") {
  RelayFixture fixture;
  Responder responder{"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n", {}, false};
  ScriptedOrigin origin(fixture.loop(), script_of(responder));
  for (int i = 0; i < 2; ++i) {
    const Reply reply = fetch(fixture, fixture.request(origin.port(), "HEAD"));
    CHECK(reply.status == 200);
    CHECK(reply.complete);
    CHECK(reply.fields.find("content-length") == "100");
  }
  CHECK(origin.connections() == 1);
}

TEST_CASE("interim responses pass in order, but no unasked 100") {
  const Reply reply = answer_to(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"
      "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
  CHECK(reply.interim == std::vector<int>{103, 103});
  CHECK(reply.status == 200);
}

TEST_CASE("broken responses are answered 502 with their cause") {
  struct Row {
    std::string response;
    std::string error;
  };
  std::string many;
  for (int i = 0; i < 9; ++i)
    many += "HTTP/1.1 103 Early Hints\r\n\r\n";
  const Row rows[] = {
      {"", "connection_terminated"},
      {"HTTP/1.1 200", "connection_terminated"},
      {"SSH-2.0-OpenSSH_9.2\r\n", "http_protocol_error"},
      {"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
       "http_protocol_error"},
      {"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\na", "http_protocol_error"},
      {"HTTP/1.1 200 OK\r\nbad header: 1\r\n\r\n", "http_protocol_error"},
      {"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n", "http_protocol_error"},
      {many, "http_protocol_error"},
      {"HTTP/1.1 200 OK\r\nx: " + std::string(70'000, 'x') + "\r\n\r\n",
       "http_response_header_section_size"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.response.substr(0, 60));
    const Reply reply = answer_to(row.response);
    CHECK(reply.status == 502);
    CHECK(proxy_status(reply).find("error=" + row.error) != std::string::npos);
    CHECK(reply.fields.find("content-type") == "application/problem+json");
    CHECK_FALSE(reply.fields.contains("tunnel-retry"));  // the origin had the request
  }
}

TEST_CASE("a body that is cut never looks complete") {
  for (const std::string response :
       {"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n"}) {
    const Reply reply = answer_to(response);
    CHECK(reply.status == 200);
    CHECK_FALSE(reply.complete);
    CHECK(reply.reset == h2::ErrorCode::internal_error);
  }
}

TEST_CASE("nobody listens: 502 connection_refused, safe to retry") {
  RelayFixture fixture;
  std::uint16_t port = 0;
  {
    Responder responder;
    ScriptedOrigin gone(fixture.loop(), script_of(responder));
    port = gone.port();
  }
  const Reply reply = fetch(fixture, fixture.request(port));
  CHECK(reply.status == 502);
  CHECK(proxy_status(reply).find("error=connection_refused") != std::string::npos);
  CHECK(reply.fields.find("tunnel-retry") == "?1");
}

TEST_CASE("requests that the agent refuses by itself") {
  RelayFixture fixture;
  struct Row {
    std::string name;
    std::function<void(http::RequestHead&)> change;
    int status;
    std::string error;
  };
  const Row rows[] = {
      {"no descriptor", [](http::RequestHead& head) { head.fields.remove("tunnel-service"); }, 500,
       "destination_not_found"},
      {"bad descriptor", [](http::RequestHead& head) { head.fields.set("tunnel-service", "id=1"); },
       400, "http_request_error"},
      {"another tunnel",
       [](http::RequestHead& head) {
         std::string value(*head.fields.find("tunnel-service"));
         value.replace(value.find("0191dce4"), 8, "0191dce5");
         head.fields.set("tunnel-service", value);
       },
       421, "http_request_error"},
      {"denied address",
       [](http::RequestHead& head) {
         std::string value(*head.fields.find("tunnel-service"));
         value.replace(value.find("127.0.0.1"), 9, "127.0.0.2");
         head.fields.set("tunnel-service", value);
       },
       502, "destination_ip_prohibited"},
      {"unknown expectation", [](http::RequestHead& head) { head.fields.add("expect", "magic"); },
       417, "http_request_error"},
      {"loop", [](http::RequestHead& head) { head.fields.add("via", "2 outhaul"); }, 502,
       "proxy_loop_detected"},
      {"unknown protocol",
       [](http::RequestHead& head) {
         head.method = "CONNECT";
         head.protocol = "connect-udp";
       },
       501, "http_request_error"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    http::RequestHead head = fixture.request(9);
    row.change(head);
    const Reply reply = fetch(fixture, head);
    CHECK(reply.status == row.status);
    CHECK(proxy_status(reply).find("error=" + row.error) != std::string::npos);
    CHECK(reply.fields.find("tunnel-retry") == "?1");
  }
}

TEST_CASE("uploads arrive whole, chunked or with their length") {
  RelayFixture fixture;
  ScriptedOrigin origin(fixture.loop(), count_body);
  Reply reply;
  http::RequestHead sized = fixture.request(origin.port(), "POST");
  sized.fields.add("content-length", "300000");
  fixture.run(upload(fixture, sized, reply));
  CHECK(reply.body == "300000 length");
  fixture.run(upload(fixture, fixture.request(origin.port(), "POST"), reply));
  CHECK(reply.body == "300000 chunked");
}

TEST_CASE("an early answer ends the upload and closes the origin connection") {
  RelayFixture fixture;
  ScriptedOrigin origin(fixture.loop(), answer_early);
  for (int i = 0; i < 2; ++i) {
    Reply reply;
    fixture.run(upload(fixture, fixture.request(origin.port(), "POST"), reply));
    CHECK(reply.status == 413);
    CHECK(reply.body == "big");
    CHECK(reply.complete);
  }
  CHECK(origin.connections() == 2);
}

TEST_CASE("a GET lost with a reused connection is sent again, a POST is not") {
  for (const std::string method : {"GET", "POST"}) {
    RelayFixture fixture;
    RacingOrigin racing;
    ScriptedOrigin origin(fixture.loop(),
                          [&racing](Loop& loop, net::ByteStream& stream, int index) {
                            return racing.play(loop, stream, index);
                          });
    CHECK(fetch(fixture, fixture.request(origin.port(), method)).status == 200);
    const Reply second = fetch(fixture, fixture.request(origin.port(), method));
    CHECK(second.status == (method == "GET" ? 200 : 502));
    CHECK(racing.requests == (method == "GET" ? 3 : 2));
  }
}

TEST_CASE("a GET whose answer has begun with an interim one is not sent again") {
  RelayFixture fixture;
  RacingOrigin race;
  race.last_words = "HTTP/1.1 103 Early Hints\r\n\r\n";
  ScriptedOrigin origin(fixture.loop(), [&race](Loop& loop, net::ByteStream& stream, int index) {
    return race.play(loop, stream, index);
  });
  CHECK(fetch(fixture, fixture.request(origin.port())).status == 200);
  const Reply reply = fetch(fixture, fixture.request(origin.port()));
  CHECK(reply.interim == std::vector<int>{103});
  CHECK(reply.status == 502);
  CHECK(race.requests == 2);
}

TEST_CASE("no length goes with an answer that cannot have content") {
  const Reply reply = answer_to(
      "HTTP/1.1 103 Early Hints\r\ncontent-length: 2\r\n\r\n"
      "HTTP/1.1 204 No Content\r\ncontent-length: 2\r\n\r\nok");
  CHECK(reply.status == 204);
  CHECK(reply.interim == std::vector<int>{103});
  CHECK_FALSE(reply.fields.contains("content-length"));
}

TEST_CASE("an origin that stays silent is given up") {
  Limits limits;
  limits.origin_first_byte = std::chrono::seconds(1);
  RelayFixture fixture(limits);
  ScriptedOrigin origin(fixture.loop(),
                        [](Loop&, net::ByteStream& stream, int) { return swallow(stream); });
  const Reply reply = fetch(fixture, fixture.request(origin.port()));
  CHECK(reply.status == 504);
  CHECK(proxy_status(reply).find("error=http_response_timeout") != std::string::npos);
}

TEST_CASE("a request that the client gives up closes its origin connection") {
  RelayFixture fixture;
  std::string seen = "nothing";
  Readiness changed(fixture.loop());
  ScriptedOrigin origin(fixture.loop(), [&seen, &changed](Loop&, net::ByteStream& stream, int) {
    return watch_end(stream, seen, changed);
  });
  fixture.run(open_and_drop(fixture, origin.port(), seen, changed));
  CHECK(seen == "ended");
}
