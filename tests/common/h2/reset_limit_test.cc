// Limits of resets, and the end of a connection whose peer does not read.
#include "tests/common/h2/raw_peer.h"

namespace outhaul::h2::testing {
namespace {

constexpr std::uint8_t whole = frame::end_headers | frame::end_stream;
constexpr RateLimit three{3, 1, std::chrono::hours{1}};

SessionOptions limited() {
  SessionOptions options = server_options();
  options.peer_reset_limit = three;
  options.caused_reset_limit = three;
  return options;
}

TEST_CASE("resets by the peer are limited, also of requests that nobody has seen") {
  RawPeer raw(limited());
  raw.greet();
  const auto cancel = [&raw](std::int32_t id) {
    // In one piece: the request is gone before it is handed out.
    raw.send(encode(frame::headers, whole, id, get_block()) +
             encode(frame::rst_stream, 0, id, number32(8)));
    raw.receive(3);
  };
  for (const std::int32_t id : {1, 3, 5})
    cancel(id);
  CHECK(raw.peer.handler.request_count == 0);
  CHECK_FALSE(raw.peer.end);
  cancel(7);
  raw.receive();
  CHECK(raw.go_away_code() == 11);
  REQUIRE(raw.peer.end);
  CHECK(raw.peer.end->reason.kind == ErrorKind::limit);
}

TEST_CASE("resets that the peer causes are limited: malformed, over a limit, window overflow") {
  RawPeer raw(limited());
  raw.greet();
  SUBCASE("malformed requests") {
    for (const std::int32_t id : {1, 3, 5, 7})
      raw.send(frame::headers, whole, id, get_block() + hpack({{"connection", "close"}}));
  }
  SUBCASE("window overflow") {
    for (const std::int32_t id : {1, 3, 5, 7}) {
      raw.send(frame::headers, whole, id, get_block());
      raw.send(frame::window_update, 0, id, number32(0x7fffffff));
    }
  }
  SUBCASE("trailers over a limit") {
    std::string many;
    for (int i = 0; i < 600; ++i)
      many += hpack({{"a", "b"}});
    for (const std::int32_t id : {1, 3, 5, 7}) {
      raw.send(frame::headers, frame::end_headers, id, get_block());
      raw.send(frame::headers, whole, id, many);
    }
  }
  raw.receive();
  CHECK(raw.go_away_code() == 11);
  REQUIRE(raw.peer.end);
  CHECK(raw.peer.end->reason.kind == ErrorKind::limit);
  CHECK(raw.peer.session->statistics().resets_caused == 4);
}

TEST_CASE("a flood in one read, beyond nghttp2's own limit of answers, still gets its GOAWAY") {
  net::MemoryStreamOptions wide;
  wide.capacity = std::size_t{1024} * 1024;
  RawPeer raw(server_options(), wide);
  raw.greet();
  raw.receive();
  std::string flood;
  for (int i = 0; i < 3000; ++i)
    flood += encode(frame::ping, 0, 0, "12345678");
  raw.send(flood);
  raw.receive();
  CHECK(raw.go_away_code() == 11);
  REQUIRE(raw.peer.end);
  CHECK(raw.peer.end->reason.kind == ErrorKind::limit);
}

TEST_CASE("a connection that is to end with GOAWAY ends though its peer does not read") {
  net::MemoryStreamOptions narrow;
  narrow.capacity = 4096;
  SessionOptions one = server_options();
  one.max_concurrent_streams = 1;
  RawPeer raw(one, narrow);
  raw.greet();
  // RST_STREAM for each but the first: they fill the way back, but are too few to stop the reading.
  std::string flood;
  for (std::int32_t id = 1; id < 1200; id += 2)
    flood += encode(frame::headers, whole, id, get_block());
  for (int i = 0; i < 60; ++i)
    flood += encode(frame::ping, 0, 0, "12345678");
  while (!flood.empty()) {
    const Bytes part = as_bytes(flood);
    const net::IoResult result = raw.ends.first->write(std::span(&part, 1));
    REQUIRE(result.status != net::IoStatus::failed);
    if (result.status == net::IoStatus::done) flood.erase(0, result.bytes);
    raw.loop.run_turn(Duration::zero());
  }
  run_turns(raw.loop, 10);
  CHECK_FALSE(raw.peer.end);  // its GOAWAY cannot leave
  for (int turns = 0; !raw.peer.end && turns < 10; ++turns)
    raw.loop.run_turn(std::chrono::milliseconds(500));
  REQUIRE(raw.peer.end);
  CHECK(raw.peer.end->reason.kind == ErrorKind::limit);
}

TEST_CASE("a client opens no more streams than it is told, whatever the peer allows") {
  SessionOptions options = client_options();
  options.max_concurrent_streams = 2;
  RawPeer raw(options);
  raw.send(frame::settings, 0, 0, "");  // no limit at all
  raw.receive();
  const auto first = raw.peer.session->open(get("/"), false);
  const auto second = raw.peer.session->open(get("/"), false);
  REQUIRE(first);
  REQUIRE(second);
  CHECK(raw.peer.session->available_streams() == 0);
  const auto third = raw.peer.session->open(get("/"), false);
  REQUIRE_FALSE(third);
  CHECK(third.error().kind == ErrorKind::limit);
}

}  // namespace
}  // namespace outhaul::h2::testing
