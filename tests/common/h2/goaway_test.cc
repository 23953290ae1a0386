// Draining, GOAWAY, and what may still happen afterwards.
#include "tests/common/h2/raw_peer.h"

namespace outhaul::h2::testing {
namespace {

TEST_CASE("a drain serves what was under way and then says the last stream") {
  Connection connection;
  auto before = connection.open(post("/before"), true);
  auto before_server = connection.next_request();
  // On its way when the drain begins.
  auto crossing = connection.open(get("/crossing"));
  connection.server.session->begin_drain();
  connection.server.session->begin_drain();
  connection.run_until([&] { return connection.client.handler.go_away_count == 1; });
  CHECK(connection.client.session->go_away_received());
  CHECK(connection.client.session->available_streams() == 0);
  const auto refused = connection.client.session->open(get("/late"), false);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == ErrorKind::closed);
  auto crossing_server = connection.next_request();
  CHECK(crossing_server->request().path == "/crossing");
  connection.turns();
  // GOAWAY(last) has come: the old streams go on to their ends.
  REQUIRE(crossing_server->respond(status(200), false));
  REQUIRE(before_server->respond(status(200), true));
  const std::string content = pattern(200000);
  Sender up{*before, content};
  Sender down{*before_server, content};
  Receiver at_server{*before_server};
  Receiver at_client{*before};
  connection.run_until([&] {
    const bool sent = up.step() && down.step();
    const bool got = at_server.step();
    return at_client.step() && got && sent;
  });
  CHECK(at_client.content == content);
  CHECK(at_server.content == content);
  CHECK(crossing->take_head()->status == 200);
  before_server.reset();
  crossing_server.reset();
  CHECK(connection.server.session->idle().is_set());
  connection.turns();
  CHECK(connection.server.session->output_empty());
  CHECK_FALSE(connection.server.end);
  CHECK_FALSE(connection.client.end);
  connection.ends.first->inject_end();
  connection.run_until([&] { return connection.client.end.has_value(); });
  CHECK(connection.client.end->reason.kind == ErrorKind::closed);
  CHECK(connection.client.end->peer_sent_go_away);
}

TEST_CASE("the two GOAWAY frames of a drain, with the PING between them") {
  RawPeer raw(server_options());
  raw.greet();
  raw.send(frame::headers, frame::end_headers | frame::end_stream, 1, get_block());
  raw.receive();
  raw.peer.session->begin_drain();
  raw.receive();
  REQUIRE(raw.of_type(frame::go_away).size() == 1);
  CHECK(raw.of_type(frame::go_away)[0].number() == 0x7fffffffU);
  const auto pings = raw.of_type(frame::ping);
  REQUIRE(pings.size() == 1);
  // Still accepted.
  raw.send(frame::headers, frame::end_headers | frame::end_stream, 3, get_block());
  raw.send(frame::ping, frame::acknowledge, 0, pings[0].payload);
  raw.receive();
  CHECK(raw.peer.handler.request_count == 2);
  CHECK(raw.peer.handler.ping_count == 0);
  REQUIRE(raw.of_type(frame::go_away).size() == 2);
  CHECK(raw.of_type(frame::go_away)[1].number() == 3);
  CHECK(raw.of_type(frame::go_away)[1].number(4) == 0);
  // Above `last`: no frame answers, no callback, and the connection stays.
  raw.frames.clear();
  raw.send(frame::headers, frame::end_headers | frame::end_stream, 5, get_block());
  raw.receive();
  CHECK(raw.peer.handler.request_count == 2);
  CHECK(raw.frames.empty());
  CHECK_FALSE(raw.peer.end);
}

TEST_CASE("streams above the last one of a GOAWAY are unprocessed, the others go on") {
  RawPeer raw(client_options());
  raw.send(frame::settings, 0, 0, "");
  raw.receive();
  std::vector<std::unique_ptr<Stream>> streams;
  for (int i = 0; i < 3; ++i)
    streams.push_back(std::move(*raw.peer.session->open(get("/"), false)));
  raw.receive();
  raw.send(frame::go_away, 0, 0, number32(3) + number32(0));
  raw.receive();
  CHECK_FALSE(streams[0]->failed());
  CHECK_FALSE(streams[1]->failed());
  REQUIRE(streams[2]->failed());
  CHECK(streams[2]->unprocessed());
  CHECK(streams[2]->failure().kind == ErrorKind::closed);
  CHECK_FALSE(streams[2]->peer_code());
  raw.send(frame::headers, frame::end_headers | frame::end_stream, 3, hpack({{":status", "200"}}));
  raw.receive();
  CHECK(streams[1]->take_head()->status == 200);
}

TEST_CASE("a GOAWAY with an error is the reason of the end") {
  RawPeer raw(client_options());
  raw.send(frame::settings, 0, 0, "");
  raw.send(frame::go_away, 0, 0, number32(0) + number32(11));
  raw.receive();
  raw.ends.first->shutdown_write();
  raw.receive();
  REQUIRE(raw.peer.end);
  CHECK(raw.peer.end->reason.kind == ErrorKind::protocol);
  CHECK(raw.peer.end->reason.message.find("ENHANCE_YOUR_CALM") != std::string::npos);
  CHECK(raw.peer.end->peer_sent_go_away);
}

TEST_CASE("go_away: NO_ERROR lets streams end, another code ends the connection") {
  Connection connection;
  auto client = connection.open(get("/"));
  auto server = connection.next_request();
  SUBCASE("NO_ERROR") {
    connection.server.session->go_away(ErrorCode::no_error, "replaced");
    connection.turns();
    REQUIRE(server->respond(status(200), false));
    connection.run_until([&] { return client->head_readable().is_set(); });
    CHECK(client->take_head()->status == 200);
    CHECK_FALSE(connection.server.end);
  }
  SUBCASE("by the client: what has not left never does") {
    connection.client.session->go_away(ErrorCode::no_error, "");
    CHECK_FALSE(connection.client.session->open(get("/"), false).has_value());
    REQUIRE(server->respond(status(200), false));
    connection.run_until([&] { return client->head_readable().is_set(); });
  }
  SUBCASE("PROTOCOL_ERROR") {
    connection.server.session->go_away(ErrorCode::protocol_error, "bad descriptor");
    connection.run_until([&] { return connection.server.end.has_value(); });
    CHECK(connection.server.end->reason.kind == ErrorKind::limit);
    CHECK(server->failed());
    connection.turns();
    CHECK(connection.client.session->go_away_received());
  }
}

TEST_CASE("profile rhttp: the server sends the magic, and its SETTINGS again after the ACK") {
  SessionOptions options = server_options();
  options.send_client_magic_as_server = true;
  RawPeer raw(options);
  raw.receive();
  CHECK_FALSE(raw.strip_magic);
  REQUIRE(raw.of_type(frame::settings).size() == 1);
  raw.send(frame::settings, 0, 0, "");
  raw.send(frame::settings, frame::acknowledge, 0, "");
  raw.receive();
  std::vector<Frame> own;
  for (const Frame& each : raw.of_type(frame::settings)) {
    if (each.flags == 0) own.push_back(each);
  }
  REQUIRE(own.size() == 2);
  CHECK(own[0].payload == own[1].payload);
  raw.send(frame::settings, frame::acknowledge, 0, "");
  raw.send(frame::headers, frame::end_headers | frame::end_stream, 1,
           hpack({{":method", "GET"}, {":scheme", "https"}, {":path", "/"}, {"host", "h.test"}}));
  raw.receive();
  REQUIRE(raw.peer.handler.request_count == 1);
  CHECK(raw.peer.handler.requests[0]->request().authority.empty());
  CHECK(raw.peer.handler.requests[0]->request().fields.find("host") == "h.test");
  CHECK_FALSE(raw.peer.end);
}

std::uint32_t setting(const Frame& settings, std::uint16_t id) {
  for (std::size_t i = 0; i + 6 <= settings.payload.size(); i += 6) {
    if (static_cast<std::uint8_t>(settings.payload[i]) == id >> 8U &&
        static_cast<std::uint8_t>(settings.payload[i + 1]) == (id & 0xffU)) {
      return settings.number(i + 2);
    }
  }
  return 0xffffffffU;
}

TEST_CASE("what each role announces") {
  RawPeer server(server_options());
  server.greet();
  server.receive();
  const Frame* settings = server.find(frame::settings, 0);
  REQUIRE(settings != nullptr);
  CHECK(setting(*settings, 1) == 16 * 1024);  // HEADER_TABLE_SIZE
  CHECK(setting(*settings, 3) == 512);        // MAX_CONCURRENT_STREAMS
  CHECK(setting(*settings, 4) == 64 * 1024);  // INITIAL_WINDOW_SIZE
  CHECK(setting(*settings, 6) == 64 * 1024);  // MAX_HEADER_LIST_SIZE
  CHECK(setting(*settings, 8) == 1);          // ENABLE_CONNECT_PROTOCOL
  CHECK(setting(*settings, 9) == 1);          // NO_RFC7540_PRIORITIES
  const Frame* window = server.find(frame::window_update, 0);
  REQUIRE(window != nullptr);
  CHECK(window->number() == 1024 * 1024 - 65535);

  RawPeer client(client_options());
  client.receive();
  settings = client.find(frame::settings, 0);
  REQUIRE(settings != nullptr);
  CHECK(setting(*settings, 2) == 0);  // ENABLE_PUSH
  CHECK(setting(*settings, 3) == 0xffffffffU);
  CHECK(client.peer.session->available_streams() == 0);
  CHECK_FALSE(client.peer.session->open(get("/"), false).has_value());
}

}  // namespace
}  // namespace outhaul::h2::testing
