// Raw frames by hand: malformed messages, floods, limits.
#include "tests/common/h2/raw_peer.h"

namespace outhaul::h2::testing {
namespace {

constexpr std::uint8_t whole = frame::end_headers | frame::end_stream;

using Lines = std::initializer_list<std::pair<std::string_view, std::string_view>>;

TEST_CASE("malformed requests get PROTOCOL_ERROR and nobody else notices") {
  const std::string base = get_block();
  const std::string connect = hpack({{":method", "CONNECT"}});
  const std::vector<std::string> blocks = {
      base + hpack({{"Upper", "x"}}),
      base + hpack({{"connection", "close"}}),
      base + hpack({{"transfer-encoding", "chunked"}}),
      base + hpack({{"upgrade", "h2c"}}),
      base + hpack({{"te", "gzip"}}),
      base + hpack({{"content-length", "x"}}),
      base + hpack({{"content-length", "5"}}),
      base + hpack({{"host", "a.test"}, {"host", "a.test"}}),
      base + hpack({{"x-value", " padded"}}),
      base + hpack({{"x-value", "two\r\nlines"}}),
      base + hpack({{"x-value", std::string_view("nul\0", 4)}}),
      base + hpack({{":path", "/again"}}),
      base + hpack({{"x", "y"}, {":late", "z"}}),
      base + hpack({{":unknown", "z"}}),
      hpack({{":method", "GET"}, {":scheme", "https"}, {":authority", "a.test"}}),
      get_block("/with space"),
      connect,
      connect + hpack({{":authority", "a.test:1"}, {":path", "/"}}),
  };
  RawPeer raw(server_options());
  raw.greet();
  std::int32_t id = 1;
  for (const std::string& block : blocks) {
    CAPTURE(id);
    raw.send(frame::headers, whole, id, block);
    raw.receive(3);
    CHECK(raw.reset_code(id) == 1);
    id += 2;
  }
  raw.send(frame::headers, whole, id, get_block());
  raw.receive();
  CHECK(raw.peer.handler.request_count == 1);
  CHECK(raw.peer.session->active_streams() == 1);
  CHECK_FALSE(raw.peer.end);
  CHECK(raw.go_away_code() == -1);
  CHECK(raw.peer.session->statistics().resets_caused > 0);
}

TEST_CASE("more or less DATA than content-length fails the stream") {
  RawPeer raw(server_options());
  raw.greet();
  const std::string block = get_block() + hpack({{"content-length", "4"}});
  for (const std::int32_t id : {1, 3})
    raw.send(frame::headers, frame::end_headers, id, block);
  raw.send(frame::data, 0, 1, "12345");
  raw.send(frame::data, frame::end_stream, 3, "123");
  raw.receive();
  CHECK(raw.reset_code(1) == 1);
  CHECK(raw.reset_code(3) == 1);
  REQUIRE(raw.peer.handler.requests.size() == 2);
  for (const auto& stream : raw.peer.handler.requests) {
    REQUIRE(stream->failed());
    CHECK(stream->failure().kind == ErrorKind::protocol);
    CHECK_FALSE(stream->peer_code());
  }
}

TEST_CASE("padding is dropped and its credit returned; priority fields are accepted") {
  RawPeer raw(server_options());
  raw.greet();
  raw.send(frame::headers, frame::end_headers, 1, get_block() + hpack({{"priority", "u=1"}}));
  for (int i = 0; i < 200; ++i) {
    raw.send(frame::data, frame::padded, 1,
             std::string(1, static_cast<char>(200)) + "abc" + std::string(200, '\0'));
    raw.receive(2);
    REQUIRE(raw.peer.handler.requests.size() == 1);
    Receiver receiver{*raw.peer.handler.requests[0]};
    receiver.step();
    CHECK(receiver.content == "abc");
  }
  raw.receive();
  CHECK(raw.find(frame::window_update, 1) != nullptr);
  CHECK_FALSE(raw.peer.end);
}

TEST_CASE("oversized requests are handed out marked, so that they can be answered") {
  RawPeer raw(server_options());
  raw.greet();
  const auto send_block = [&raw](std::int32_t id, std::string_view block) {
    constexpr std::size_t part = 16384;
    const bool more = block.size() > part;
    raw.send(frame::headers, more ? frame::end_stream : whole, id, block.substr(0, part));
    while (block.size() > part) {
      block.remove_prefix(part);
      raw.send(frame::continuation, block.size() > part ? 0 : frame::end_headers, id,
               block.substr(0, part));
    }
    raw.receive();
  };
  std::string many_fields = get_block();
  for (int i = 0; i < 600; ++i)
    many_fields += hpack({{"a", "b"}});
  std::string long_list = get_block();
  for (int i = 0; i < 7; ++i)
    long_list += hpack({{"x", std::string(10000, 'x')}});
  send_block(1, get_block("/" + std::string(9000, 'p')));
  send_block(3, get_block() + hpack({{"x", std::string(17000, 'x')}}));
  send_block(5, many_fields);
  send_block(7, long_list);
  send_block(9, get_block());
  auto& requests = raw.peer.handler.requests;
  REQUIRE(requests.size() == 5);
  CHECK(requests[0]->oversized() == Oversize::path);
  CHECK(requests[1]->oversized() == Oversize::field);
  CHECK(requests[2]->oversized() == Oversize::field_count);
  CHECK(requests[2]->request().fields.size() == 512);
  CHECK(requests[3]->oversized() == Oversize::header_list);
  CHECK(requests[3]->request().fields.list_size() <= 64 * 1024);
  CHECK_FALSE(requests[4]->oversized());
  REQUIRE(requests[0]->respond(status(414), false));
  requests[0]->abandon_with(ErrorCode::no_error);
  requests.clear();
  raw.receive();
  CHECK(raw.find(frame::headers, 1) != nullptr);
  CHECK_FALSE(raw.peer.end);
}

TEST_CASE("a header bomb is stopped at four times the limit") {
  RawPeer raw(server_options());
  raw.greet();
  // One entry of 4000 bytes in the table, then a byte for each repetition.
  std::string block = get_block();
  block += "\x40\x01x";
  block += std::string("\x7f\xa1\x1e", 3) + std::string(4000, 'b');
  block += std::string(4000, static_cast<char>(0xbe));
  raw.send(frame::headers, whole, 1, block);
  raw.receive();
  CHECK(raw.reset_code(1) == 11);
  CHECK(raw.peer.handler.request_count == 0);
  CHECK(raw.peer.session->active_streams() == 0);
  // The table is still in step.
  raw.send(frame::headers, whole, 3, get_block() + "\xbe");
  raw.receive();
  REQUIRE(raw.peer.handler.request_count == 1);
  CHECK(raw.peer.handler.requests[0]->request().fields.find("x") == std::string(4000, 'b'));
}

TEST_CASE("oversized trailers fail the stream") {
  RawPeer raw(server_options());
  raw.greet();
  raw.send(frame::headers, frame::end_headers, 1, get_block());
  raw.send(frame::data, 0, 1, "body");
  std::string block;
  for (int i = 0; i < 600; ++i)
    block += hpack({{"a", "b"}});
  raw.send(frame::headers, whole, 1, block);
  raw.receive();
  CHECK(raw.reset_code(1) == 11);
  REQUIRE(raw.peer.handler.requests.size() == 1);
  Receiver receiver{*raw.peer.handler.requests[0]};
  CHECK(receiver.step());
  CHECK(raw.peer.handler.requests[0]->body().state() == http::BodyState::failed);
  CHECK(raw.peer.handler.requests[0]->failure().kind == ErrorKind::limit);
}

TEST_CASE("the client fails a stream whose response head goes over a limit") {
  RawPeer raw(client_options());
  raw.send(frame::settings, 0, 0, "");
  raw.receive();
  auto stream = std::move(*raw.peer.session->open(get("/"), false));
  raw.receive();
  std::string block = hpack({{":status", "200"}});
  SUBCASE("too many fields") {
    for (int i = 0; i < 600; ++i)
      block += hpack({{"a", "b"}});
    raw.send(frame::headers, whole, 1, block);
  }
  SUBCASE("too many interim heads") {
    for (int i = 0; i < 17; ++i)
      raw.send(frame::headers, frame::end_headers, 1, hpack({{":status", "103"}}));
  }
  raw.receive();
  REQUIRE(stream->failed());
  CHECK(stream->failure().kind == ErrorKind::limit);
  CHECK(raw.reset_code(1) == 11);
  CHECK_FALSE(raw.peer.end);
  CHECK(stream->body().state() == http::BodyState::failed);
}

void expect_calm(RawPeer& raw) {
  raw.receive();
  CHECK(raw.go_away_code() == 11);
  REQUIRE(raw.peer.end);
  CHECK(raw.peer.end->reason.kind == ErrorKind::limit);
}

TEST_CASE("floods end the connection with ENHANCE_YOUR_CALM") {
  RawPeer raw(server_options());
  raw.greet();
  SUBCASE("PING") {
    for (int i = 0; i < 50; ++i)
      raw.send(frame::ping, 0, 0, "12345678");
    raw.receive();
    CHECK(raw.of_type(frame::ping).size() == 50);
    CHECK_FALSE(raw.peer.end);
    raw.send(frame::ping, 0, 0, "12345678");
    expect_calm(raw);
  }
  SUBCASE("SETTINGS") {
    for (int i = 0; i < 9; ++i)  // one came with the greeting
      raw.send(frame::settings, 0, 0, "");
    raw.receive();
    CHECK_FALSE(raw.peer.end);
    raw.send(frame::settings, 0, 0, "");
    expect_calm(raw);
  }
  SUBCASE("empty DATA, padding or not") {
    raw.send(frame::headers, frame::end_headers, 1, get_block());
    for (int i = 0; i < 50; ++i) {
      raw.send(frame::data, 0, 1, "");
      raw.send(frame::data, frame::padded, 1, std::string("\3\0\0\0", 4));
    }
    raw.receive();
    CHECK_FALSE(raw.peer.end);
    raw.send(frame::data, 0, 1, "");
    expect_calm(raw);
    CHECK(raw.peer.handler.requests.at(0)->failed());
  }
}

TEST_CASE("too many CONTINUATION frames end the connection") {
  RawPeer raw(server_options());
  raw.greet();
  raw.send(frame::headers, frame::end_stream, 1, get_block());
  for (int i = 0; i < 9; ++i)
    raw.send(frame::continuation, 0, 1, hpack({{"a", "b"}}));
  raw.receive();
  REQUIRE(raw.peer.end);
  CHECK(raw.peer.end->reason.kind == ErrorKind::protocol);
}

TEST_CASE("eight CONTINUATION frames are fine") {
  RawPeer raw(server_options());
  raw.greet();
  raw.send(frame::headers, frame::end_stream, 1, get_block());
  for (int i = 0; i < 8; ++i)
    raw.send(frame::continuation, i == 7 ? frame::end_headers : 0, 1, hpack({{"a", "b"}}));
  raw.receive();
  CHECK(raw.peer.handler.request_count == 1);
}

TEST_CASE("a slow header block ends the connection, a finished or rejected one does not") {
  SessionOptions options = server_options();
  options.header_block_time = std::chrono::seconds(0);
  RawPeer raw(options);
  raw.greet();
  raw.send(frame::headers, whole, 1, get_block());
  raw.send(frame::headers, whole, 3, get_block() + hpack({{"connection", "x"}}));
  raw.send(frame::headers, frame::end_stream, 5, hpack({{"Upper", "x"}}));
  raw.send(frame::continuation, frame::end_headers, 5, get_block());
  raw.receive();
  CHECK_FALSE(raw.peer.end);
  raw.send(frame::headers, frame::end_stream, 7, get_block());
  expect_calm(raw);
}

TEST_CASE("connection errors end run() after GOAWAY has left") {
  RawPeer raw(server_options());
  raw.greet();
  raw.receive();
  raw.send(frame::data, 0, 0, "on stream zero");
  raw.receive();
  CHECK(raw.go_away_code() == 1);
  REQUIRE(raw.peer.end);
  CHECK(raw.peer.end->reason.kind == ErrorKind::protocol);
}

TEST_CASE("what is no HTTP/2 at all ends run()") {
  RawPeer raw(server_options());
  raw.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
  raw.receive();
  REQUIRE(raw.peer.end);
  CHECK(raw.peer.end->reason.kind == ErrorKind::protocol);
}

TEST_CASE("a peer that sends and never reads is not read without end") {
  net::MemoryStreamOptions narrow;
  narrow.capacity = 4096;
  SessionOptions one = server_options();
  one.max_concurrent_streams = 1;
  RawPeer raw(one, narrow);
  raw.greet();
  raw.receive();
  const std::string block = get_block();
  std::int32_t id = 1;
  std::string pending;
  for (int i = 0; i < 20000; ++i) {
    if (pending.empty()) {
      // Over the limit of streams: each wants a RST_STREAM from us.
      pending = encode(frame::headers, whole, id, block);
      id += 2;
    }
    const Bytes part = as_bytes(pending);
    const net::IoResult result = raw.ends.first->write(std::span(&part, 1));
    if (result.status == net::IoStatus::failed) break;
    if (result.status == net::IoStatus::done) pending.erase(0, result.bytes);
    if (result.status == net::IoStatus::would_block) raw.loop.run_turn(Duration::zero());
  }
  CHECK(id < 8000);
}

TEST_CASE("a full transport is read in portions, so that others have their turn") {
  net::MemoryStreamOptions wide;
  wide.capacity = std::size_t{2} * 1024 * 1024;
  RawPeer raw(server_options(), wide);
  raw.greet();
  raw.receive();
  const std::uint64_t before = raw.peer.session->statistics().bytes_received;
  const std::string unknown = encode(0x77, 0, 0, std::string(16384, 'u'));
  for (int i = 0; i < 64; ++i)
    raw.send(unknown);
  raw.loop.run_turn(Duration::zero());
  const std::uint64_t in_one_turn = raw.peer.session->statistics().bytes_received - before;
  CHECK(in_one_turn > 0);
  CHECK(in_one_turn <= 2 * Loop::receive_buffer_size);  // a turn runs its ready queue twice
  raw.receive(40);
  CHECK(raw.peer.session->statistics().bytes_received == before + 64 * unknown.size());
}

TEST_CASE("reset streams beyond a thousand do not end the connection") {
  RawPeer raw(server_options());
  raw.greet();
  for (std::int32_t id = 1; id < 6001; id += 2) {
    raw.send(frame::headers, whole, id, get_block());
    raw.send(frame::rst_stream, 0, id, number32(8));
    if (id % 64 == 1) {
      raw.receive(2);
      raw.peer.handler.requests.clear();
    }
  }
  raw.receive();
  CHECK_FALSE(raw.peer.end);
  CHECK(raw.go_away_code() == -1);
  CHECK(raw.peer.session->statistics().resets_received == 3000);
}

}  // namespace
}  // namespace outhaul::h2::testing
