// How receive windows of streams and connections grow, against a peer that is played by hand.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>

#include "common/base/memory_budget.h"
#include "common/h2/path_estimate.h"
#include "tests/common/h2/raw_peer.h"

namespace outhaul::h2::testing {
namespace {

constexpr std::size_t first_window = 64 * 1024;
// To which it grows when all of it arrives in a round trip.
constexpr std::size_t second_window = PathEstimate::headroom * first_window;

SessionOptions options_with(MemoryBudget& budget) {
  SessionOptions options = server_options();
  options.memory = &budget;
  return options;
}

/// A client that uploads: each round trip it sends `bytes`, as far as its window goes.
struct Uploader {
  explicit Uploader(MemoryBudget& budget) : Uploader(options_with(budget)) {}
  explicit Uploader(const SessionOptions& options) : peer(options) {
    peer.greet();
    peer.receive();
    // The shortest round trip is the one of SETTINGS: all others are to be shorter, so that a
    // window is twice what arrives, whatever the machine's speed.
    pass(std::chrono::milliseconds(300));
    peer.send(frame::settings, frame::acknowledge, 0, "");
    open(1);
  }

  /// Lets time pass: it is how long a round trip takes.
  void pass(Duration duration) {
    const TimePoint begin = peer.loop.now();
    run_until(peer.loop, [&] { return peer.loop.now() - begin > duration; }, 1000000000);
  }

  void open(std::int32_t id) {
    const std::string block =
        hpack({{":method", "POST"}, {":scheme", "http"}, {":authority", "a"}, {":path", "/"}});
    peer.send(frame::headers, frame::end_headers, id, block);
    peer.receive();
    REQUIRE(!peer.peer.handler.requests.empty());
  }

  void send(std::int32_t id, std::size_t bytes) {
    for (std::size_t sent = 0; sent < bytes; sent += 8192)
      peer.send(frame::data, 0, id, std::string(std::min<std::size_t>(8192, bytes - sent), 'u'));
  }

  /// What the stream's window has grown by WINDOW_UPDATE frames so far.
  std::uint64_t credit(std::int32_t id) const {
    std::uint64_t sum = 0;
    for (const Frame& each : peer.of_type(frame::window_update))
      if (each.stream == id) sum += each.number();
    return sum;
  }

  /// Answers the PING that measures the path, after a time that is long against how much the
  /// machine's speed varies it; the test fails if there is none.
  void answer_ping() {
    const std::vector<Frame> pings = peer.of_type(frame::ping);
    REQUIRE(pings.size() == answered + 1);
    pass(std::chrono::milliseconds(50));
    peer.send(frame::ping, frame::acknowledge, 0, pings.back().payload);
    ++answered;
    peer.receive();
  }

  std::size_t take(h2::Stream& stream) {
    std::size_t taken = 0;
    for (Bytes data = stream.body().peek(); !data.empty(); data = stream.body().peek()) {
      taken += data.size();
      stream.body().consume(data.size());
    }
    peer.receive();
    return taken;
  }

  RawPeer peer;
  std::size_t answered = 0;
};

TEST_CASE("a window that is used up in a round trip grows, out of the budget") {
  MemoryBudget budget(16 * 1024 * 1024);
  Uploader uploader(budget);
  Stream& stream = *uploader.peer.peer.handler.requests.front();
  uploader.send(1, first_window / 2);
  uploader.peer.receive();
  CHECK(uploader.take(stream) == first_window / 2);
  uploader.send(1, first_window);
  uploader.peer.receive();
  CHECK(uploader.take(stream) == first_window);
  const std::uint64_t before = uploader.credit(1);
  uploader.answer_ping();
  CHECK(uploader.credit(1) - before == second_window - first_window);
  CHECK(budget.used() == second_window - first_window);
  CHECK(uploader.peer.peer.session->statistics().windows_grown == 1);
  CHECK(uploader.peer.peer.session->statistics().largest_window == second_window);
  // All of it can be used.
  uploader.send(1, second_window);
  uploader.peer.receive();
  CHECK(uploader.take(stream) == second_window);
  CHECK(uploader.peer.go_away_code() == -1);
  // What was taken goes back with the stream.
  uploader.peer.peer.handler.requests.clear();
  uploader.peer.receive();
  CHECK(budget.used() == 0);
}

TEST_CASE("the next stream that uses up its window gets at once what the last one came to") {
  MemoryBudget budget(16 * 1024 * 1024);
  Uploader uploader(budget);
  const auto use_up = [&](std::int32_t id, std::size_t window) {
    Stream& stream = *uploader.peer.peer.handler.requests.back();
    uploader.send(id, window / 2);
    uploader.peer.receive();
    uploader.take(stream);
    uploader.send(id, window);
    uploader.peer.receive();
    uploader.take(stream);
    uploader.answer_ping();
  };
  use_up(1, first_window);
  use_up(1, second_window);
  const std::uint64_t grown = budget.used();
  CHECK(grown > second_window);
  uploader.peer.peer.handler.requests.clear();
  uploader.peer.receive();
  uploader.open(3);
  use_up(3, first_window);
  CHECK(budget.used() == grown);
}

TEST_CASE("an application that takes its time does not get a larger window") {
  MemoryBudget budget(16 * 1024 * 1024);
  Uploader uploader(budget);
  Stream& stream = *uploader.peer.peer.handler.requests.front();
  uploader.send(1, first_window / 2);
  uploader.peer.receive();
  // There is always more to read than it takes.
  stream.body().consume(stream.body().peek().size());
  uploader.send(1, first_window / 2);
  uploader.peer.receive();
  uploader.answer_ping();
  CHECK(budget.used() == 0);
  CHECK(uploader.peer.peer.session->statistics().windows_grown == 0);
}

TEST_CASE("a body smaller than half a window does not measure the path") {
  MemoryBudget budget(16 * 1024 * 1024);
  Uploader uploader(budget);
  Stream& stream = *uploader.peer.peer.handler.requests.front();
  uploader.send(1, first_window / 2 - 1);
  uploader.peer.receive();
  uploader.take(stream);
  CHECK(uploader.peer.of_type(frame::ping).empty());
}

TEST_CASE("an empty budget leaves windows as they are; half of it is for requests") {
  MemoryBudget budget(second_window * 2);
  Uploader uploader(budget);
  REQUIRE(budget.take(second_window / 2));
  Stream& stream = *uploader.peer.peer.handler.requests.front();
  uploader.send(1, first_window / 2);
  uploader.peer.receive();
  uploader.take(stream);
  uploader.send(1, first_window);
  uploader.peer.receive();
  uploader.take(stream);
  const std::uint64_t before = uploader.credit(1);
  uploader.answer_ping();
  CHECK(uploader.credit(1) == before);
  CHECK(budget.used() == second_window / 2);
  CHECK(budget.spare_refused() == 1);
}

TEST_CASE("a connection's window grows without the budget, and never beyond the maximum") {
  MemoryBudget budget(1);
  SessionOptions options = options_with(budget);
  options.connection_window = 64 * 1024;
  options.window_maximum = 100 * 1024;
  Uploader uploader(options);
  Stream& stream = *uploader.peer.peer.handler.requests.front();
  uploader.send(1, first_window / 2);
  uploader.peer.receive();
  uploader.take(stream);
  uploader.send(1, first_window);
  uploader.peer.receive();
  uploader.take(stream);
  uploader.answer_ping();
  CHECK(uploader.peer.peer.session->statistics().connection_window == 100 * 1024);
  CHECK(uploader.peer.peer.session->statistics().windows_grown == 0);
}

TEST_CASE("without a budget the path is not measured") {
  SessionOptions options = server_options();
  Uploader uploader(options);
  Stream& stream = *uploader.peer.peer.handler.requests.front();
  uploader.send(1, first_window);
  uploader.peer.receive();
  uploader.take(stream);
  CHECK(uploader.peer.of_type(frame::ping).empty());
}

TEST_CASE("a stream that outlives its session keeps what it took until its own end") {
  MemoryBudget budget(16 * 1024 * 1024);
  std::unique_ptr<Stream> stream;
  {
    Uploader uploader(budget);
    stream = std::move(uploader.peer.peer.handler.requests.front());
    uploader.send(1, first_window / 2);
    uploader.peer.receive();
    uploader.take(*stream);
    uploader.send(1, first_window);
    uploader.peer.receive();
    uploader.take(*stream);
    uploader.answer_ping();
    CHECK(budget.used() == second_window - first_window);
    uploader.peer.scope.cancel_all();
    CHECK(budget.used() == second_window - first_window);
    stream.reset();
  }
  CHECK(budget.used() == 0);
}

}  // namespace
}  // namespace outhaul::h2::testing
