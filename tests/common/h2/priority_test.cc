// Urgency of responses (RFC 9218): what the peer asks for decides who goes first.
#include <array>

#include "tests/common/h2/harness.h"
#include "tests/common/h2/raw_peer.h"

namespace outhaul::h2::testing {
namespace {

http::RequestHead get_with_priority(std::string_view priority) {
  http::RequestHead head = get("/");
  if (!priority.empty()) head.fields.add("priority", priority);
  return head;
}

/// Bytes that each of two clients has when the first of them has all of its response.
std::array<std::size_t, 2> race(std::string_view first, std::string_view second) {
  SessionOptions wide = client_options();
  wide.initial_stream_window = 4 * 1024 * 1024;
  wide.connection_window = 8 * 1024 * 1024;
  Connection connection(wide, server_options());
  const std::string content = pattern(1024 * 1024);
  const auto one = connection.open(get_with_priority(first));
  const auto one_served = connection.next_request();
  const auto other = connection.open(get_with_priority(second));
  const auto other_served = connection.next_request();
  REQUIRE(one_served->respond(status(200), true));
  REQUIRE(other_served->respond(status(200), true));
  Sender one_sender{*one_served, content};
  Sender other_sender{*other_served, content};
  Receiver one_received{*one, {}, 0, false};
  Receiver other_received{*other, {}, 0, false};
  connection.run_until([&] {
    one_sender.step();
    other_sender.step();
    const bool one_over = one_received.step();
    const bool other_over = other_received.step();
    return one_over || other_over;
  });
  return {one_received.count, other_received.count};
}

TEST_CASE("a more urgent response goes before the others, whichever was asked for first") {
  constexpr std::size_t whole = 1024 * 1024;
  const auto [late, urgent] = race("u=7", "u=0");
  CHECK(urgent == whole);
  CHECK(late < whole / 4);
  const auto [urgent_first, late_second] = race("u=1, i", "u=5, i");
  CHECK(urgent_first == whole);
  CHECK(late_second < whole / 4);
}

TEST_CASE("a response of ordinary urgency goes before a background one") {
  const auto [ordinary, background] = race("", "u=6");
  CHECK(ordinary == 1024 * 1024);
  CHECK(background < 256 * 1024);
}

TEST_CASE("equal urgency shares, one response at a time where increments are not asked for") {
  const auto [first, second] = race("i", "i");
  CHECK(first > 768 * 1024);
  CHECK(second > 768 * 1024);
}

TEST_CASE("PRIORITY_UPDATE moves a response forward") {
  constexpr std::uint8_t priority_update = 0x10;  // RFC 9218 section 7.1
  constexpr std::size_t size = 30'000;
  RawPeer peer(server_options());
  peer.greet();
  for (const std::int32_t id : {1, 3}) {
    peer.send(frame::headers, frame::end_stream | frame::end_headers, id, get_block());
  }
  peer.send(priority_update, 0, 0, number32(3) + "u=1");
  peer.receive();
  auto& requests = peer.peer.handler.requests;
  REQUIRE(requests.size() == 2);
  const std::string content = pattern(size);
  for (const auto& stream : requests) {
    REQUIRE(stream->respond(status(200), true));
    REQUIRE(stream->writer().write(as_bytes(content)) == size);
    stream->writer().finish({});
  }
  peer.receive(50);
  std::string order;
  for (const Frame& data : peer.of_type(frame::data)) {
    const char name = static_cast<char>('0' + data.stream);
    if (order.empty() || order.back() != name) order += name;
  }
  CHECK(order == "31");
}

}  // namespace
}  // namespace outhaul::h2::testing
