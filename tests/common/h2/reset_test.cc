// Resets, early answers, lost connections, and who gets told.
#include "tests/common/h2/harness.h"

namespace outhaul::h2::testing {
namespace {

struct CancelCounter final : Cancellable {
  int count = 0;
  void cancel_soon() override { ++count; }
};

TEST_CASE("a reset by the client reaches the server") {
  Connection connection;
  auto client = connection.open(post("/"), true);
  auto server = connection.next_request();
  CancelCounter relay;
  server->cancel_on_reset(&relay);
  client->writer().write(as_bytes("part"));
  connection.turns();
  client->reset(ErrorCode::internal_error);
  CHECK(client->failed());
  CHECK(client->failure().kind == ErrorKind::cancelled);
  connection.run_until([&] { return server->failed(); });
  CHECK(relay.count == 1);
  CHECK(server->failure().kind == ErrorKind::reset);
  CHECK(server->peer_code() == ErrorCode::internal_error);
  CHECK_FALSE(server->unprocessed());
  CHECK(as_text(server->body().peek()) == "part");
  server->body().consume(4);
  CHECK(server->body().state() == http::BodyState::failed);
  CHECK(server->writer().failed());
  CHECK(server->writer().write(as_bytes("x")) == 0);
  CHECK_FALSE(server->respond(status(200), false).has_value());
  // Told at once when it is already too late.
  CancelCounter late;
  server->cancel_on_reset(&late);
  CHECK(late.count == 1);
}

TEST_CASE("destroying a stream resets it with CANCEL or the chosen code") {
  Connection connection;
  auto client = connection.open(get("/"));
  auto server = connection.next_request();
  SUBCASE("client, CANCEL") {
    client.reset();
    connection.run_until([&] { return server->failed(); });
    CHECK(server->peer_code() == ErrorCode::cancel);
  }
  SUBCASE("server, INTERNAL_ERROR in the middle of a body") {
    REQUIRE(server->respond(status(200), true));
    server->writer().write(as_bytes("half"));
    connection.turns();
    server->abandon_with(ErrorCode::internal_error);
    server.reset();
    connection.run_until([&] { return client->failed(); });
    CHECK(client->peer_code() == ErrorCode::internal_error);
    Receiver receiver{*client};
    CHECK(receiver.step());
    CHECK(receiver.content == "half");
    CHECK(client->body().state() == http::BodyState::failed);
  }
  connection.turns();
  CHECK_FALSE(connection.client.end);
}

TEST_CASE("an early complete answer declines the rest of the request with NO_ERROR") {
  Connection connection;
  auto client = connection.open(post("/"), true);
  auto server = connection.next_request();
  CancelCounter relay;
  client->cancel_on_reset(&relay);
  SUBCASE("drained first") {
    REQUIRE(server->respond(status(413), true));
    server->writer().write(as_bytes("too much"));
    server->writer().finish({});
    connection.run_until([&] { return server->writer().drained(); });
    server->abandon_with(ErrorCode::no_error);
    server.reset();
  }
  SUBCASE("let go at once: the answer still leaves") {
    REQUIRE(server->respond(status(413), true));
    server->writer().write(as_bytes("too much"));
    server->writer().finish(fields({{"x-t", "t"}}));
    server->abandon_with(ErrorCode::no_error);
    server.reset();
    CHECK(connection.server.session->active_streams() == 0);
    CHECK_FALSE(connection.server.session->output_empty());
  }
  connection.run_until([&] { return client->failed(); });
  CHECK(client->peer_code() == ErrorCode::no_error);
  CHECK(client->take_head()->status == 413);
  Receiver receiver{*client};
  CHECK(receiver.step());
  CHECK(receiver.content == "too much");
  CHECK(client->body().state() == http::BodyState::complete);
  CHECK(client->writer().failed());
  CHECK(relay.count == 0);
}

TEST_CASE("a bodyless answer leaves although its stream is dropped at once") {
  Connection connection;
  connection.server.handler.answer = [](std::unique_ptr<Stream> stream) {
    CHECK(stream->respond(status(431), false).has_value());
    stream->abandon_with(ErrorCode::no_error);
  };
  auto complete = connection.open(get("/"));
  auto uploading = connection.open(post("/"), true);
  connection.run_until([&] { return uploading->failed(); });
  CHECK(uploading->take_head()->status == 431);
  CHECK(complete->take_head()->status == 431);
  CHECK_FALSE(complete->failed());
  CHECK(complete->body().state() == http::BodyState::complete);
}

TEST_CASE("a stream that is dropped before its HEADERS left is never seen") {
  Connection connection;
  {
    auto unseen = connection.open(get("/unseen"));
  }
  auto seen = connection.open(get("/seen"));
  auto server = connection.next_request();
  CHECK(server->request().path == "/seen");
  connection.turns();
  CHECK(connection.server.handler.request_count == 1);
  CHECK(connection.client.session->available_streams() == 511);
}

TEST_CASE("a request that is reset before the handler saw it makes no work") {
  Connection connection;
  connection.ends.first->hold();
  auto stream = connection.open(get("/"));
  connection.turns();
  stream.reset();
  connection.turns();
  connection.ends.first->release();
  connection.turns();
  CHECK(connection.server.handler.request_count == 0);
  CHECK(connection.server.session->active_streams() == 0);
  CHECK(connection.server.session->statistics().streams_opened == 1);
  CHECK(connection.server.session->statistics().resets_received == 1);
}

TEST_CASE("connection loss fails every stream and says which were untouched") {
  net::MemoryStreamOptions narrow;
  narrow.capacity = 1000;
  Connection connection(client_options(), server_options(), narrow);
  auto sent = connection.open(get("/"));
  auto server = connection.next_request();
  REQUIRE(server->respond(status(200), true));
  CancelCounter client_relay;
  CancelCounter server_relay;
  sent->cancel_on_reset(&client_relay);
  server->cancel_on_reset(&server_relay);
  connection.ends.first->hold();
  // Fills the transport and then some: heads behind it have not left.
  std::vector<std::unique_ptr<Stream>> waiting;
  for (int i = 0; i < 20; ++i) {
    http::RequestHead head = get("/");
    head.fields.add("x-filler", std::string(300, static_cast<char>('a' + i)));
    head.fields.add("x-number", std::to_string(i));
    waiting.push_back(connection.open(head));
    connection.turns(1);
  }
  connection.turns();
  connection.ends.second->inject_failure(Error{ErrorKind::reset, "cable cut"});
  connection.run_until([&] { return connection.client.end && connection.server.end; });
  CHECK(connection.server.end->reason.message == "cable cut");
  CHECK(connection.client.end->reason.kind == ErrorKind::reset);
  CHECK(client_relay.count == 1);
  CHECK(server_relay.count == 1);
  CHECK(sent->failure().kind == ErrorKind::closed);
  CHECK_FALSE(sent->unprocessed());
  for (const auto& stream : waiting)
    CHECK(stream->failed());
  CHECK(waiting.back()->unprocessed());
  CHECK(sent->body().state() == http::BodyState::failed);
  CHECK_FALSE(connection.client.session->open(get("/"), false).has_value());
}

TEST_CASE("EOF: clean without streams, a reset with some") {
  SUBCASE("idle") {
    Connection connection;
    connection.ends.first->inject_end();
    connection.run_until([&] { return connection.client.end.has_value(); });
    CHECK(connection.client.end->reason.kind == ErrorKind::closed);
    CHECK_FALSE(connection.client.end->peer_sent_go_away);
  }
  SUBCASE("busy") {
    Connection connection;
    auto client = connection.open(get("/"));
    auto server = connection.next_request();
    connection.ends.first->inject_end();
    connection.run_until([&] { return connection.client.end.has_value(); });
    CHECK(connection.client.end->reason.kind == ErrorKind::reset);
    CHECK(client->failed());
  }
}

TEST_CASE("a complete exchange is not touched by the loss of its connection") {
  Connection connection;
  auto client = connection.open(get("/"));
  auto server = connection.next_request();
  REQUIRE(server->respond(status(200), true));
  server->writer().write(as_bytes("all of it"));
  server->writer().finish({});
  connection.run_until([&] { return client->body().state() == http::BodyState::complete; });
  connection.client.session->abort(Error{ErrorKind::timed_out, "no answer to PING"});
  connection.run_until([&] { return connection.client.end.has_value(); });
  CHECK(connection.client.end->reason.kind == ErrorKind::timed_out);
  CHECK_FALSE(client->failed());
  Receiver receiver{*client};
  CHECK(receiver.step());
  CHECK(receiver.content == "all of it");
  CHECK(client->body().state() == http::BodyState::complete);
}

TEST_CASE("a local reset never makes a cut body look complete") {
  Connection connection;
  auto client = connection.open(post("/"), true);
  auto server = connection.next_request();
  client->writer().write(as_bytes("content"));
  client->writer().finish({});
  connection.run_until([&] { return server->body().state() == http::BodyState::complete; });
  server->reset(ErrorCode::cancel);
  CHECK(server->body().peek().empty());
  CHECK(server->body().state() == http::BodyState::failed);
}

}  // namespace
}  // namespace outhaul::h2::testing
