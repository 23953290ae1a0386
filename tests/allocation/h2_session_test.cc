// Two HTTP/2 sessions, client and server, at the two ends of a stream in memory: each allocation of
// a whole conversation fails once, in either role. Afterwards the conversation has gone as usual,
// or std::bad_alloc came out of the loop, or an end was told that its connection is over; never
// does an exchange that was cut look complete, and never does anybody wait for ever.
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "common/async/loop.h"
#include "common/async/scope.h"
#include "common/h2/session.h"
#include "common/net/memory_stream.h"
#include "tests/allocation/every_allocation.h"

namespace outhaul::h2 {
namespace {

constexpr std::size_t content_bytes = 40000;
constexpr int most_turns = 400;

http::RequestHead request_head() {
  http::RequestHead head;
  head.method = "POST";
  head.scheme = "https";
  head.authority = "a-host-name-of-some-length.example";
  head.path = "/a/path/that/is/longer/than/a/short/string";
  head.fields.add("x-field-of-some-length", std::string(100, 'x'));
  return head;
}

http::Fields trailers() {
  http::Fields fields;
  fields.add("x-trailer-of-some-length", "a value of some length");
  return fields;
}

/// One end's half of a message: its content, then trailers.
struct Sending {
  std::size_t sent = 0;
  bool finished = false;

  void step(Stream& stream) {
    static const std::string content(content_bytes, 'c');
    if (finished || stream.failed()) return;
    sent += stream.writer().write(as_bytes(std::string_view(content).substr(sent)));
    if (sent < content.size()) return;
    stream.writer().finish(trailers());
    finished = true;
  }
};

/// The other half.
struct Receiving {
  std::size_t received = 0;

  /// What came of it once it is over, else nothing.
  std::optional<std::string> step(Stream& stream) {
    for (;;) {
      const Bytes data = stream.body().peek();
      if (data.empty()) break;
      received += data.size();
      stream.body().consume(data.size());
    }
    if (stream.body().state() == http::BodyState::open) return std::nullopt;
    if (stream.body().state() == http::BodyState::failed) return "cut";
    return std::to_string(received) + " bytes, " + std::to_string(stream.body().trailers().size()) +
           " trailers";
  }
};

class ServerEnd final : public SessionHandler {
 public:
  void on_request(std::unique_ptr<Stream> stream) override { stream_ = std::move(stream); }

  void step() {
    if (!stream_ || outcome_) return;
    if (!responded_) {
      responded_ = true;
      stream_->inform({.status = 103, .fields = trailers()});
      http::ResponseHead head{.status = 200, .fields = {}};
      head.fields.add("content-type", "application/octet-stream");
      if (!stream_->respond(head, true)) outcome_ = "cut";
    }
    sending_.step(*stream_);
    if (!outcome_) outcome_ = receiving_.step(*stream_);
    if (stream_->failed()) outcome_ = "cut";
  }
  const std::optional<std::string>& outcome() const { return outcome_; }

 private:
  std::unique_ptr<Stream> stream_;
  bool responded_ = false;
  Sending sending_;
  Receiving receiving_;
  std::optional<std::string> outcome_;
};

class ClientEnd final : public SessionHandler {
 public:
  void on_request(std::unique_ptr<Stream>) override {}
  void on_ready() override { ready_ = true; }

  void step(Session& session) {
    if (!ready_ || outcome_) return;
    if (!stream_) {
      auto opened = session.open(request_head(), true);
      if (!opened) {
        outcome_ = "cut";
        return;
      }
      stream_ = *std::move(opened);
    }
    sending_.step(*stream_);
    while (const auto head = stream_->take_head())
      heads_ += std::to_string(head->status) + " ";
    if (auto content = receiving_.step(*stream_)) {
      outcome_ = *content == "cut" ? *content : heads_ + *content;
    }
  }
  const std::optional<std::string>& outcome() const { return outcome_; }

 private:
  bool ready_ = false;
  std::unique_ptr<Stream> stream_;
  std::string heads_;
  Sending sending_;
  Receiving receiving_;
  std::optional<std::string> outcome_;
};

Task<void> serve(Session& session, std::optional<SessionEnd>& end) {
  end = co_await session.run();
}

/// A request and a response with content and trailers, then the end of the connection. What both
/// ends have seen, or "error: " and why there was less.
std::string converse() {
  Loop loop;
  const net::MemoryStream::Pair ends = net::MemoryStream::make_pair(loop, {});
  ServerEnd at_server;
  ClientEnd at_client;
  SessionOptions client_options;
  client_options.role = Role::client;
  Session client(loop, *ends.first, client_options, at_client);
  Session server(loop, *ends.second, {}, at_server);
  std::optional<SessionEnd> client_end;
  std::optional<SessionEnd> server_end;
  Scope scope(loop);
  scope.spawn(serve(client, client_end));
  scope.spawn(serve(server, server_end));
  for (int turn = 0; turn < most_turns; ++turn) {
    loop.run_turn(Duration::zero());
    at_client.step(client);
    at_server.step();
    if (at_client.outcome() && at_server.outcome()) break;
    // What the owner of a connection does: it closes when its session has ended.
    if (client_end) ends.first->shutdown_write();
    if (server_end) ends.second->shutdown_write();
    if (client_end && server_end) break;
  }
  const bool over = client_end || server_end;
  if (over) return "error: a session has ended";
  if (!at_client.outcome() || !at_server.outcome()) return "nobody knows that this goes no further";
  const std::string seen = "client " + *at_client.outcome() + "; server " + *at_server.outcome();
  client.go_away(ErrorCode::no_error, "done");
  for (int turn = 0; turn < 8; ++turn)
    loop.run_turn(Duration::zero());
  return seen.find("cut") == std::string::npos ? seen : "error: " + seen;
}

TEST_CASE("a conversation over HTTP/2") {
  const std::string usual = converse();
  CHECK(usual == "client 103 200 40000 bytes, 1 trailers; server 40000 bytes, 1 trailers");
  const auto refused = [](const std::string& text) { return text.starts_with("error: "); };
  CHECK(testing::fail_each_allocation(testing::Allocator::operator_new, converse, refused) > 50);
}

/// The same for a session that a hostile peer talks to: what is refused allocates elsewhere.
std::string withstand() {
  Loop loop;
  const net::MemoryStream::Pair ends = net::MemoryStream::make_pair(loop, {});
  ServerEnd at_server;
  Session server(loop, *ends.second, {}, at_server);
  std::optional<SessionEnd> end;
  Scope scope(loop);
  scope.spawn(serve(server, end));
  // A request without its end, RST_STREAM, a second request, and DATA on a stream that never was.
  constexpr std::string_view bytes(
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
      "\0\0\0\4\0\0\0\0\0"
      "\0\0\x0b\1\4\0\0\0\1\x83\x87\x84\x41\6a.test"
      "\0\0\4\3\0\0\0\0\1\0\0\0\x08"
      "\0\0\x0b\1\4\0\0\0\3\x83\x87\x84\x41\6a.test"
      "\0\0\4\0\0\0\0\0\5body",
      24 + 9 + 20 + 13 + 20 + 13);
  const Bytes part = as_bytes(bytes);
  static_cast<void>(ends.first->write(std::span(&part, 1)));
  for (int turn = 0; turn < 20 && !end; ++turn) {
    loop.run_turn(Duration::zero());
    at_server.step();
  }
  return end ? "ended" : "goes on";
}

TEST_CASE("a peer that breaks the rules") {
  CHECK(withstand() == "ended");
  const auto refused = [](const std::string&) { return false; };
  CHECK(testing::fail_each_allocation(testing::Allocator::operator_new, withstand, refused) > 20);
}

}  // namespace
}  // namespace outhaul::h2
