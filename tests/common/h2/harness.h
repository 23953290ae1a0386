#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "common/async/loop.h"
#include "common/async/scope.h"
#include "common/h2/session.h"
#include "common/net/memory_stream.h"

namespace outhaul::h2::testing {

/// Keeps what a session reports; `answer`, when set, takes each request instead.
struct RecordingHandler final : SessionHandler {
  std::vector<std::unique_ptr<Stream>> requests;
  std::function<void(std::unique_ptr<Stream>)> answer;
  std::size_t request_count = 0;
  int ready_count = 0;
  int go_away_count = 0;
  int ping_count = 0;

  void on_request(std::unique_ptr<Stream> stream) override {
    ++request_count;
    if (answer) return answer(std::move(stream));
    requests.push_back(std::move(stream));
  }
  void on_ready() override { ++ready_count; }
  void on_go_away() override { ++go_away_count; }
  void on_ping_acknowledged() override { ++ping_count; }
};

/// A session with its handler, running until its end.
struct Peer {
  Peer(Loop& loop, Scope& scope, net::ByteStream& transport, const SessionOptions& options);
  RecordingHandler handler;
  std::unique_ptr<Session> session;
  std::optional<SessionEnd> end;
};

/// Runs turns until `done`; fails the test when it takes too many.
void run_until(Loop& loop, const std::function<bool()>& done, int max_turns = 200000);
/// Runs `turns` turns.
void run_turns(Loop& loop, int turns);

SessionOptions client_options();
SessionOptions server_options();

/// Client and server session at the two ends of a memory stream.
struct Connection {
  explicit Connection(const SessionOptions& client_settings = client_options(),
                      const SessionOptions& server_settings = server_options(),
                      const net::MemoryStreamOptions& transport = {});
  ~Connection() { scope.cancel_all(); }  // a session must outlive its run()

  void run_until(const std::function<bool()>& done) { testing::run_until(loop, done); }
  void turns(int count = 20) { run_turns(loop, count); }
  /// Opens a stream; the test fails if that is refused.
  std::unique_ptr<Stream> open(const http::RequestHead& head, bool has_body = false);
  /// Waits for the next request at the server.
  std::unique_ptr<Stream> next_request();

  Loop loop;
  net::MemoryStream::Pair ends;
  Scope scope{loop};
  Peer client;
  Peer server;
};

http::RequestHead get(std::string_view path);
http::RequestHead post(std::string_view path);
http::ResponseHead status(int code);
http::Fields fields(std::initializer_list<std::pair<std::string_view, std::string_view>> lines);

/// Writes `content` and the end as room appears; read_all collects as content comes.
struct Sender {
  Stream& stream;
  std::string_view content;
  std::size_t sent = 0;
  bool finished = false;
  bool step(const http::Fields& trailers = {});
};
struct Receiver {
  Stream& stream;
  std::string content{};
  std::size_t count = 0;
  bool keep = true;
  /// True when the body is over.
  bool step(std::size_t at_most = SIZE_MAX);
};
/// Text without a short period, so that lost or doubled parts are seen.
std::string pattern(std::size_t size);

}  // namespace outhaul::h2::testing
