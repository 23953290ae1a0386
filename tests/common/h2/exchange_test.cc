// Requests and responses in every shape, both roles.
#include "tests/common/h2/harness.h"

namespace outhaul::h2::testing {
namespace {

Task<void> run_with_early_bytes(Session& session) {
  const std::string magic = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  const std::string empty_settings("\0\0\0\4\0\0\0\0\0", 9);
  co_await session.run(magic + empty_settings);
}

TEST_CASE("a bodyless request and a bodyless response") {
  Connection connection;
  http::RequestHead head = get("/a?b=c");
  head.fields.add("x-one", "1");
  head.fields.add("authorization", "secret");
  head.fields.add("x-one", "2");
  auto client = connection.open(head);
  auto server = connection.next_request();
  CHECK(server->id() == 1);
  CHECK(server->request().method == "GET");
  CHECK(server->request().scheme == "https");
  CHECK(server->request().authority == "example.test");
  CHECK(server->request().path == "/a?b=c");
  CHECK(server->request().protocol.empty());
  REQUIRE(server->request().fields.size() == 3);
  CHECK(server->request().fields[0].value == "1");
  CHECK(server->request().fields[2].value == "2");
  CHECK_FALSE(server->oversized());
  CHECK(server->body().peek().empty());
  CHECK(server->body().state() == http::BodyState::complete);

  http::ResponseHead answer = status(204);
  answer.fields.add("x-two", "t");
  CHECK_FALSE(client->take_head());
  REQUIRE(server->respond(answer, false));
  CHECK_FALSE(server->writer().drained());
  connection.run_until([&] { return client->head_readable().is_set(); });
  CHECK(server->writer().drained());
  const auto got = client->take_head();
  REQUIRE(got);
  CHECK(got->status == 204);
  CHECK(got->fields.find("x-two") == "t");
  CHECK_FALSE(client->take_head());
  CHECK(client->body().state() == http::BodyState::complete);
  CHECK(client->writer().drained());
  CHECK_FALSE(client->failed());
  CHECK_FALSE(server->failed());
  CHECK(connection.server.session->active_streams() == 1);
  server.reset();
  CHECK(connection.server.session->active_streams() == 0);
  CHECK(connection.server.session->idle().is_set());
}

TEST_CASE("bodies and trailers both ways at the same time") {
  Connection connection;
  auto client = connection.open(post("/duplex"), true);
  auto server = connection.next_request();
  REQUIRE(server->respond(status(200), true));
  Sender up{*client, "upward"};
  Sender down{*server, "downward"};
  Receiver at_server{*server};
  Receiver at_client{*client};
  const http::Fields up_trailers = fields({{"x-sum", "1"}, {"x-more", "m"}});
  const http::Fields down_trailers = fields({{"x-sum", "2"}});
  connection.run_until([&] {
    const bool sent_up = up.step(up_trailers);
    const bool sent_down = down.step(down_trailers);
    const bool got_up = at_server.step();
    const bool got_down = at_client.step();
    return sent_up && sent_down && got_up && got_down;
  });
  CHECK(at_server.content == "upward");
  CHECK(at_client.content == "downward");
  CHECK(server->body().trailers().size() == 2);
  CHECK(server->body().trailers().find("x-more") == "m");
  CHECK(client->body().trailers().find("x-sum") == "2");
  CHECK(client->body().state() == http::BodyState::complete);
}

TEST_CASE("an empty body that is announced ends with an empty frame") {
  Connection connection;
  auto client = connection.open(post("/"), true);
  auto server = connection.next_request();
  REQUIRE(server->respond(status(200), true));
  connection.turns();
  CHECK(server->body().state() == http::BodyState::open);
  client->writer().finish({});
  server->writer().finish(fields({{"x-t", "only trailers"}}));
  connection.run_until([&] { return client->body().state() == http::BodyState::complete; });
  CHECK(server->body().state() == http::BodyState::complete);
  CHECK(client->body().trailers().find("x-t") == "only trailers");
}

TEST_CASE("interim responses come in order before the final one") {
  Connection connection;
  auto client = connection.open(get("/"));
  auto server = connection.next_request();
  server->inform(status(100));
  http::ResponseHead hints = status(103);
  hints.fields.add("link", "</style.css>");
  server->inform(hints);
  connection.run_until([&] { return client->head_readable().is_set(); });
  REQUIRE(server->respond(status(200), true));
  server->inform(status(103));  // too late: no effect
  server->writer().finish({});
  connection.run_until([&] { return client->body().state() == http::BodyState::complete; });
  CHECK(client->take_head()->status == 100);
  const auto second = client->take_head();
  REQUIRE(second);
  CHECK(second->status == 103);
  CHECK(second->fields.find("link") == "</style.css>");
  CHECK(client->take_head()->status == 200);
  CHECK_FALSE(client->take_head());
}

TEST_CASE("HEAD has a content-length and no content") {
  Connection connection;
  http::RequestHead head = get("/");
  head.method = "HEAD";
  auto client = connection.open(head);
  auto server = connection.next_request();
  http::ResponseHead answer = status(200);
  answer.fields.add("content-length", "1000");
  REQUIRE(server->respond(answer, false));
  connection.run_until([&] { return client->body().state() != http::BodyState::open; });
  CHECK(client->body().state() == http::BodyState::complete);
  CHECK(client->take_head()->fields.find("content-length") == "1000");
}

TEST_CASE("plain CONNECT and half-close each way") {
  Connection connection;
  http::RequestHead head;
  head.method = "CONNECT";
  head.authority = "db.test:5432";
  auto client = connection.open(head, true);
  auto server = connection.next_request();
  CHECK(server->request().method == "CONNECT");
  CHECK(server->request().authority == "db.test:5432");
  CHECK(server->request().path.empty());
  CHECK(server->request().scheme.empty());
  REQUIRE(server->respond(status(200), true));
  client->writer().write(as_bytes("ask"));
  client->writer().finish({});
  Receiver at_server{*server};
  connection.run_until([&] { return at_server.step(); });
  CHECK(at_server.content == "ask");
  connection.turns();
  server->writer().write(as_bytes("reply"));
  server->writer().finish({});
  Receiver at_client{*client};
  connection.run_until([&] { return at_client.step(); });
  CHECK(at_client.content == "reply");
}

TEST_CASE("extended CONNECT carries its protocol, and needs the peer's consent") {
  http::RequestHead head = get("/chat");
  head.method = "CONNECT";
  head.protocol = "websocket";
  {
    Connection connection;
    auto client = connection.open(head, true);
    auto server = connection.next_request();
    CHECK(server->request().protocol == "websocket");
    CHECK(server->request().path == "/chat");
    CHECK(server->request().scheme == "https");
    REQUIRE(server->respond(status(200), true));
    server->writer().write(as_bytes("frame"));
    Receiver at_client{*client};
    connection.run_until([&] { return !at_client.step() && at_client.content == "frame"; });
  }
  SessionOptions without = server_options();
  without.enable_connect_protocol = false;
  Connection connection(client_options(), without);
  const auto refused = connection.client.session->open(head, true);
  REQUIRE_FALSE(refused.has_value());
}

TEST_CASE("a response head over the limit is refused and another one can be sent") {
  SessionOptions small = client_options();
  small.max_header_list_size = 4096;
  Connection connection(small);
  auto client = connection.open(get("/"));
  auto server = connection.next_request();
  http::ResponseHead large = status(200);
  large.fields.add("x-large", std::string(5000, 'a'));
  auto refused = server->respond(large, false);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == ErrorKind::limit);
  REQUIRE(server->respond(status(502), false));
  connection.run_until([&] { return client->head_readable().is_set(); });
  CHECK(client->take_head()->status == 502);
}

TEST_CASE("response heads over 64 KiB leave when the peer allows them") {
  SessionOptions roomy = client_options();
  roomy.max_header_list_size = 200 * 1024;
  roomy.max_field_size = 64 * 1024;
  Connection connection(roomy);
  auto client = connection.open(get("/"));
  auto server = connection.next_request();
  http::ResponseHead large = status(200);
  for (int i = 0; i < 5; ++i)
    large.fields.add("x-large", std::string(20000, static_cast<char>('a' + i)));
  REQUIRE(server->respond(large, false));
  connection.run_until([&] { return client->head_readable().is_set(); });
  CHECK(client->take_head()->fields.list_size() == large.fields.list_size());
  // Over what this side sends at all.
  auto second = connection.open(get("/"));
  auto server_second = connection.next_request();
  for (int i = 0; i < 3; ++i)
    large.fields.add("x-large", std::string(20000, 'z'));
  CHECK_FALSE(server_second->respond(large, false).has_value());
}

TEST_CASE("requests over the peer's header list limit are refused here") {
  SessionOptions small = server_options();
  small.max_header_list_size = 2048;
  Connection connection(client_options(), small);
  http::RequestHead head = get("/");
  head.fields.add("x-large", std::string(3000, 'a'));
  const auto refused = connection.client.session->open(head, false);
  REQUIRE_FALSE(refused.has_value());
  CHECK(connection.client.session->active_streams() == 0);
}

TEST_CASE("pings are answered and counted") {
  Connection connection;
  connection.client.session->ping();
  connection.server.session->ping();
  connection.run_until([&] {
    return connection.client.handler.ping_count == 1 && connection.server.handler.ping_count == 1;
  });
  CHECK(connection.client.session->output_empty());
  CHECK(connection.client.handler.ready_count == 1);
  CHECK(connection.client.session->statistics().bytes_sent ==
        connection.server.session->statistics().bytes_received);
}

TEST_CASE("bytes that were read before belong to the connection") {
  Loop loop;
  auto ends = net::MemoryStream::make_pair(loop, {});
  RecordingHandler handler;
  Session server(loop, *ends.second, server_options(), handler);
  Scope scope(loop);
  scope.spawn(run_with_early_bytes(server));
  run_until(loop, [&] { return handler.ready_count == 1; });
}

}  // namespace
}  // namespace outhaul::h2::testing
