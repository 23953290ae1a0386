#include <doctest/doctest.h>

#include "common/async/sleep.h"
#include "tests/component/relay/h2_test_origin.h"

using namespace outhaul;
using namespace outhaul::testing;

namespace {

using Replies = std::vector<Reply>;

Task<void> fetch_into(RelayFixture& fixture, http::RequestHead head, std::string body,
                      Reply& reply) {
  const bool has_body = head.method == "POST";
  reply = co_await fixture.fetch(std::move(head), std::move(body), has_body);
}

Reply fetch(RelayFixture& fixture, http::RequestHead head, std::string body = {}) {
  Reply reply;
  fixture.run(fetch_into(fixture, std::move(head), std::move(body), reply));
  return reply;
}

Task<void> fetch_all(RelayFixture& fixture, std::uint16_t port, std::string method,
                     Replies& replies) {
  Scope scope(fixture.loop());
  for (Reply& reply : replies)
    scope.spawn(fetch_into(fixture, fixture.request(port, method), "content", reply));
  co_await scope.drained();
}

/// `count` requests at the same time.
Replies fetch_at_once(RelayFixture& fixture, std::uint16_t port, std::size_t count,
                      std::string method = "GET") {
  Replies replies(count);
  fixture.run(fetch_all(fixture, port, std::move(method), replies));
  return replies;
}

std::size_t with_status(const Replies& replies, int status) {
  std::size_t count = 0;
  for (const Reply& reply : replies)
    count += reply.status == status && reply.complete ? std::size_t{1} : 0;
  return count;
}

std::string error_of(const Reply& reply) {
  const std::string value(reply.fields.find("proxy-status").value_or("none"));
  const std::size_t at = value.find("error=");
  if (at == std::string::npos) return "none";
  return value.substr(at + 6, value.find(';', at) - at - 6);
}

Task<void> give_back_content(h2::Stream& stream, int) {
  std::string content = co_await read_content(stream);
  co_await answer_with(stream, 200, "got " + std::move(content));
}

/// Answers when `count` requests have come.
struct Gate {
  std::size_t count;
  std::size_t waiting = 0;
  Readiness open;
  Gate(Loop& loop, std::size_t wanted) : count(wanted), open(loop) {}

  Task<void> play(h2::Stream& stream, int) {
    if (++waiting >= count) open.set();
    co_await open.wait();
    co_await answer_with(stream, 200, "hello");
  }
};

/// Refuses the first requests, and serves the others.
struct Refuser {
  int refusals;
  Task<void> play(h2::Stream& stream, int connection) {
    if (refusals > 0) {
      --refusals;
      stream.reset(h2::ErrorCode::refused_stream);
      co_return;
    }
    co_await give_back_content(stream, connection);
  }
};

constexpr std::string_view settings_frame("\0\0\0\4\0\0\0\0\0", 9);
constexpr std::string_view settings_ack("\0\0\0\4\1\0\0\0\0", 9);
/// Last stream 0, NO_ERROR: nothing was processed.
constexpr std::string_view go_away_0("\0\0\10\7\0\0\0\0\0\0\0\0\0\0\0\0\0", 17);

/// Connection 0 takes the first request and says GOAWAY as if it had not seen it.
struct GoAwayOrigin {
  Task<bool> play(net::ByteStream& stream, int index) {
    if (index > 0) co_return false;
    co_await send_text(stream, std::string(settings_frame) + std::string(settings_ack));
    std::string rest;
    // Preface, SETTINGS, WINDOW_UPDATE and the ACK are 85 bytes; then the request comes.
    (void)co_await read_exactly(stream, rest, 100);
    co_await send_text(stream, std::string(go_away_0));
    co_return true;
  }
};

/// Connection 0 answers as long as it is not told to stop; then it reads nothing.
struct FreezingOrigin {
  Loop& loop;
  Task<bool> play(net::ByteStream& stream, int index) {
    if (index > 0) co_return false;
    co_await send_text(stream, std::string(settings_frame) + std::string(settings_ack));
    std::string rest;
    (void)co_await read_exactly(stream, rest, 24);
    Readiness never(loop);
    co_await never.wait();
    co_return true;
  }
};

Task<void> wait_for_end(h2::Stream& stream, int) {
  co_await wait_until_failed(stream);
}

Task<void> wait_until_gone(RelayFixture& fixture) {
  // Looks again and again for the event itself: the pool has nobody to tell when it is empty.
  while (!fixture.pool().http2().empty())
    co_await sleep_for(fixture.loop(), std::chrono::milliseconds(1));
}

}  // namespace

TEST_CASE("a hundred first requests share one HTTP/2 connection") {
  RelayFixture fixture;
  fixture.configure(http2_only());
  Gate gate(fixture.loop(), 100);
  H2TestOrigin origin(fixture.loop(),
                      [&gate](h2::Stream& stream, int index) { return gate.play(stream, index); });
  CHECK(with_status(fetch_at_once(fixture, origin.port(), 100), 200) == 100);
  CHECK(origin.connections() == 1);
  CHECK(origin.most_at_once() == 100);
  const agent::PoolStatistics statistics = fixture.pool().statistics();
  CHECK(statistics.opened == 1);
  CHECK(statistics.reused == 99);
  CHECK(statistics.idle == 1);
  CHECK(statistics.active == 0);
}

TEST_CASE("more connections are dialled when the origin takes no more requests on one") {
  RelayFixture fixture;
  fixture.configure(http2_only());
  h2::SessionOptions options;
  options.max_concurrent_streams = 10;  // 20 are announced: the session refuses from 10 on
  Gate gate(fixture.loop(), 40);
  H2TestOrigin origin(
      fixture.loop(), [&gate](h2::Stream& stream, int index) { return gate.play(stream, index); },
      options);
  CHECK(with_status(fetch_at_once(fixture, origin.port(), 40), 200) == 40);
  CHECK(origin.connections() >= 4);
  CHECK(origin.connections() <= 6);
  CHECK(origin.most_at_once() == 10);
}

TEST_CASE("requests that the origin's GOAWAY leaves out are repeated, once each, with content") {
  RelayFixture fixture;
  fixture.configure(http2_only());
  GoAwayOrigin first;
  H2TestOrigin origin(
      fixture.loop(), give_back_content, {},
      [&first](net::ByteStream& stream, int index) { return first.play(stream, index); });
  const Reply reply = fetch(fixture, fixture.request(origin.port(), "POST"), "content");
  CHECK(reply.body == "got content");
  CHECK(origin.requests().size() == 1);
  CHECK(origin.connections() == 2);
  CHECK(fixture.pool().statistics().retried == 1);
}

TEST_CASE("requests are moved off a connection with GOAWAY, and those under way are finished") {
  RelayFixture fixture;
  fixture.configure(http2_only());
  H2TestOrigin origin(fixture.loop(), give_back_content);
  CHECK(fetch(fixture, fixture.request(origin.port())).status == 200);
  origin.session(0)->begin_drain();
  for (int i = 0; i < 3; ++i)
    CHECK(with_status(fetch_at_once(fixture, origin.port(), 20, "POST"), 200) == 20);
  CHECK(origin.connections() == 2);
  CHECK(origin.requests().size() == 61);
}

TEST_CASE("REFUSED_STREAM: repeated on another connection, with content, five tries in all") {
  RelayFixture fixture;
  fixture.configure(http2_only());
  Refuser refuser{4};
  H2TestOrigin origin(fixture.loop(), [&refuser](h2::Stream& stream, int connection) {
    return refuser.play(stream, connection);
  });
  Reply reply = fetch(fixture, fixture.request(origin.port(), "POST"), "content");
  CHECK(reply.body == "got content");
  CHECK(origin.requests().size() == 5);

  refuser.refusals = 100;
  reply = fetch(fixture, fixture.request(origin.port(), "POST"), "content");
  CHECK(reply.status == 503);
  CHECK(error_of(reply) == "destination_unavailable");
  CHECK(reply.fields.find("tunnel-retry") == "?1");
  CHECK(reply.fields.contains("retry-after"));
  CHECK(origin.requests().size() == 10);
}

TEST_CASE("a request whose content is not kept any more is not repeated") {
  Limits limits;
  limits.replay_body_size = 4;
  RelayFixture fixture(limits);
  fixture.configure(http2_only(limits));
  GoAwayOrigin first;
  H2TestOrigin origin(
      fixture.loop(), give_back_content, {},
      [&first](net::ByteStream& stream, int index) { return first.play(stream, index); });
  const Reply reply = fetch(fixture, fixture.request(origin.port(), "POST"), "content");
  CHECK(reply.status == 503);
  CHECK(reply.fields.find("tunnel-retry") == "?1");
  CHECK(origin.requests().empty());
}

TEST_CASE("a connection that ends under a request: repeated only if idempotent, and once") {
  RelayFixture fixture;
  fixture.configure(http2_only());
  std::optional<int> cut;  // the connection that ends at its next request
  H2TestOrigin* playing = nullptr;
  H2TestOrigin origin(fixture.loop(), [&](h2::Stream& stream, int connection) {
    if (cut != connection) return give_back_content(stream, connection);
    playing->cut(connection);
    return wait_for_end(stream, connection);
  });
  playing = &origin;
  CHECK(fetch(fixture, fixture.request(origin.port())).status == 200);
  cut = 0;
  CHECK(fetch(fixture, fixture.request(origin.port())).status == 200);
  CHECK(origin.requests().size() == 3);
  cut = 1;
  const Reply reply = fetch(fixture, fixture.request(origin.port(), "PATCH"));
  CHECK(reply.status == 502);
  CHECK(error_of(reply) == "connection_terminated");
  CHECK_FALSE(reply.fields.contains("tunnel-retry"));
  CHECK(origin.requests().size() == 4);
}

TEST_CASE("a silent connection has to answer a PING before it gets a request") {
  Limits limits;
  limits.ping_interval = std::chrono::seconds(0);  // every connection is silent
  RelayFixture fixture(limits);
  fixture.configure(http2_only(limits));
  SUBCASE("it does") {
    H2TestOrigin origin(fixture.loop(), give_back_content);
    for (int i = 0; i < 3; ++i)
      CHECK(fetch(fixture, fixture.request(origin.port(), "POST"), "x").body == "got x");
    CHECK(origin.connections() == 1);
  }
  SUBCASE("it does not: the request goes to a new one") {
    FreezingOrigin frozen{fixture.loop()};
    H2TestOrigin origin(
        fixture.loop(), give_back_content, {},
        [&frozen](net::ByteStream& stream, int index) { return frozen.play(stream, index); });
    CHECK(fetch(fixture, fixture.request(origin.port(), "POST"), "x").body == "got x");
    CHECK(origin.connections() == 2);
    CHECK(origin.requests().size() == 1);
  }
}

TEST_CASE("an idle HTTP/2 connection is closed after its time") {
  RelayFixture fixture;
  agent::ServiceSettings settings = http2_only();
  settings.keep_alive_timeout = std::chrono::seconds(1);
  fixture.configure(settings);
  H2TestOrigin origin(fixture.loop(), give_back_content);
  CHECK(fetch(fixture, fixture.request(origin.port())).status == 200);
  CHECK(fixture.pool().statistics().http2_connections == 1);
  fixture.run(wait_until_gone(fixture));
  CHECK(fixture.pool().statistics().idle == 0);
  CHECK(fixture.pool().statistics().active == 0);
}

TEST_CASE("requests that wait for one dial share its failure") {
  RelayFixture fixture;
  fixture.configure(http2_only());
  std::uint16_t port = 0;
  {
    H2TestOrigin gone(fixture.loop(), give_back_content);
    port = gone.port();
  }
  const Replies replies = fetch_at_once(fixture, port, 20);
  CHECK(with_status(replies, 502) == 20);
  CHECK(error_of(replies.back()) == "connection_refused");
  CHECK(replies.back().fields.find("tunnel-retry") == "?1");
  CHECK(fixture.pool().statistics().opened == 1);
}
