// Who may die in which order. Of use under AddressSanitizer above all.
#include "common/http/body.h"
#include "tests/common/h2/raw_peer.h"

namespace outhaul::h2::testing {
namespace {

TEST_CASE("streams outlive their session") {
  std::unique_ptr<Stream> client;
  std::unique_ptr<Stream> server;
  Loop loop;
  {
    auto ends = net::MemoryStream::make_pair(loop, {});
    Scope scope(loop);
    Peer client_peer(loop, scope, *ends.first, client_options());
    Peer server_peer(loop, scope, *ends.second, server_options());
    run_until(loop, [&] { return client_peer.session->ready(); });
    client = std::move(*client_peer.session->open(post("/"), true));
    run_until(loop, [&] { return !server_peer.handler.requests.empty(); });
    server = std::move(server_peer.handler.requests[0]);
    REQUIRE(server->respond(status(200), true));
    client->writer().write(as_bytes("content"));
    run_turns(loop, 10);
    scope.cancel_all();
  }
  for (const auto& stream : {&client, &server}) {
    Stream& each = **stream;
    CHECK(each.id() == 1);
    CHECK(each.failed());
    CHECK(each.failure().kind == ErrorKind::closed);
    CHECK(each.writer().write(as_bytes("x")) == 0);
    CHECK_FALSE(each.writer().has_room());
    CHECK_FALSE(each.writer().drained());
    each.writer().finish({});
    each.inform(status(103));
    each.reset(ErrorCode::cancel);
    each.abandon_with(ErrorCode::no_error);
  }
  CHECK(as_text(server->body().peek()) == "content");
  server->body().consume(7);
  CHECK(server->body().state() == http::BodyState::failed);
  run_turns(loop, 5);
}

TEST_CASE("run() is destroyed in the middle of everything") {
  Loop loop;
  auto ends = net::MemoryStream::make_pair(loop, {});
  auto scope = std::make_unique<Scope>(loop);
  Peer client(loop, *scope, *ends.first, client_options());
  Peer server(loop, *scope, *ends.second, server_options());
  run_until(loop, [&] { return client.session->ready(); });
  auto stream = std::move(*client.session->open(post("/"), true));
  stream->writer().write(as_bytes("content"));
  SUBCASE("with output waiting") {}
  SUBCASE("with input waiting") {
    run_turns(loop, 2);
  }
  SUBCASE("with a stream just let go") {
    stream.reset();
  }
  scope.reset();
  client.session.reset();
  run_turns(loop, 5);
  server.session.reset();
  run_turns(loop, 5);
}

TEST_CASE("the session goes while a transport is blocked") {
  net::MemoryStreamOptions narrow;
  narrow.capacity = 100;
  Loop loop;
  auto ends = net::MemoryStream::make_pair(loop, narrow);
  auto scope = std::make_unique<Scope>(loop);
  Peer client(loop, *scope, *ends.first, client_options());
  {
    Peer server(loop, *scope, *ends.second, server_options());
    run_until(loop, [&] { return client.session->ready(); });
    auto stream = std::move(*client.session->open(post("/"), true));
    ends.first->hold();
    stream->writer().write(as_bytes(pattern(1000)));
    run_turns(loop, 5);
    scope.reset();
  }
  client.session.reset();
}

/// What an application does: a coroutine a request, which owns the stream and is destroyed when the
/// peer resets it.
struct EchoServer {
  EchoServer(Loop& event_loop, RecordingHandler& handler)
      : relays_loop(event_loop), relays(event_loop) {
    handler.answer = [this](std::unique_ptr<Stream> stream) {
      Stream& each = *stream;
      Cancellable& relay = relays.spawn(echo(relays_loop, std::move(stream)));
      each.cancel_on_reset(&relay);
    };
  }
  static Task<void> echo(Loop& loop, std::unique_ptr<Stream> stream) {
    const http::ResponseHead head = status(200);
    if (!stream->respond(head, true)) co_return;
    http::PumpEnd end;
    const http::PumpLimits no_limits;
    const Result<void> pumped =
        co_await http::pump(loop, stream->body(), stream->writer(), no_limits, end);
    if (!pumped) co_return;  // its stream was cut off
  }
  Loop& relays_loop;
  Scope relays;
};

TEST_CASE("relays that echo, are cancelled, and lose their connection") {
  Connection connection;
  {
    EchoServer echo(connection.loop, connection.server.handler);
    const std::string content = pattern(500000);
    auto whole = connection.open(post("/"), true);
    Sender sender{*whole, content};
    Receiver receiver{*whole};
    connection.run_until([&] {
      sender.step();
      return receiver.step();
    });
    CHECK(receiver.content == content);
    connection.run_until([&] { return echo.relays.empty(); });

    std::vector<std::unique_ptr<Stream>> cut;
    for (int i = 0; i < 50; ++i) {
      cut.push_back(connection.open(post("/"), true));
      cut.back()->writer().write(as_bytes(content));
    }
    connection.turns(3);
    CHECK(echo.relays.size() == 50);
    cut.resize(25);
    connection.run_until([&] { return echo.relays.size() == 25; });
    connection.server.session->abort(Error{ErrorKind::cancelled, "test"});
    connection.run_until([&] { return echo.relays.empty() && connection.server.end; });
    connection.server.handler.answer = nullptr;
  }
}

TEST_CASE("streams are dropped inside on_request and while their trailers arrive") {
  RawPeer raw(server_options());
  raw.greet();
  raw.send(frame::headers, frame::end_headers, 1, get_block());
  raw.receive();
  // Half a trailer section, then the stream goes, then the rest.
  raw.send(frame::headers, frame::end_stream, 1, hpack({{"x-half", "1"}}));
  raw.receive();
  raw.peer.handler.requests.clear();
  raw.receive();
  raw.send(frame::continuation, frame::end_headers, 1, hpack({{"x-rest", "2"}}));
  raw.receive();
  CHECK_FALSE(raw.peer.end);
  raw.peer.handler.answer = [](std::unique_ptr<Stream>) {};
  raw.send(frame::headers, frame::end_headers, 3, get_block());
  raw.receive();
  CHECK(raw.reset_code(3) == 8);
  CHECK(raw.peer.session->active_streams() == 0);
  CHECK(raw.peer.session->output_empty());
}

TEST_CASE("a request that nobody has seen when the connection ends is not active any more") {
  // Its header block never ends.
  RawPeer half(server_options());
  half.greet();
  half.send(frame::headers, frame::end_stream, 1, get_block());
  half.receive();
  CHECK(half.peer.session->active_streams() == 1);
  half.ends.first->shutdown_write();
  half.receive();
  REQUIRE(half.peer.end);
  CHECK(half.peer.session->active_streams() == 0);

  // It is complete, but what follows in the same read ends the connection.
  RawPeer broken(server_options());
  broken.greet();
  broken.send(encode(frame::headers, frame::end_headers | frame::end_stream, 1, get_block()) +
              encode(frame::window_update, 0, 0, number32(0)));
  broken.receive();
  REQUIRE(broken.peer.end);
  CHECK(broken.peer.handler.requests.size() == broken.peer.session->active_streams());
  broken.peer.handler.requests.clear();
  CHECK(broken.peer.session->active_streams() == 0);
}

}  // namespace
}  // namespace outhaul::h2::testing
