#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/network/target_locator.h"
#include "agent/origins/connector.h"
#include "agent/origins/pool.h"
#include "agent/policy/policy.h"
#include "agent/relay/relay_context.h"
#include "agent/relay/relay_server.h"
#include "common/async/loop.h"
#include "common/async/scope.h"
#include "common/base/log.h"
#include "common/dns/resolver.h"
#include "common/h2/session.h"
#include "common/net/listener.h"
#include "common/net/memory_stream.h"
#include "tests/support/capture_log_sink.h"

namespace outhaul::testing {

/// An origin on a real socket that plays a script on each connection that it accepts.
class ScriptedOrigin {
 public:
  /// Plays on connection `index` (from 0); the stream is closed when the task ends.
  using Script = std::function<Task<void>(Loop& loop, net::ByteStream& stream, int index)>;
  ScriptedOrigin(Loop& loop, Script script);
  ScriptedOrigin(Loop& loop, Script script, const net::SocketAddress& address);
  std::uint16_t port() const { return listener_->address().port(); }
  int connections() const { return count_; }

 private:
  Task<void> accept_all();
  Task<void> play(std::unique_ptr<net::TcpStream> stream, int index);

  Loop& loop_;
  Script script_;
  std::unique_ptr<net::Listener> listener_;
  int count_ = 0;
  Scope tasks_;
};

/// Reads up to and with the blank line of a head; what came behind it stays in `rest`.
Task<std::string> read_head_text(net::ByteStream& stream, std::string& rest);
/// Reads exactly `size` bytes, `rest` first.
Task<std::string> read_exactly(net::ByteStream& stream, std::string& rest, std::size_t size);
/// Reads to the peer's clean end; "<reset>" is appended if it was none.
Task<std::string> read_to_end(net::ByteStream& stream, std::string rest);
Task<void> send_text(net::ByteStream& stream, std::string text);

/// What a client saw.
struct Reply {
  std::vector<int> interim;
  int status = 0;
  http::Fields fields;
  std::string body;
  http::Fields trailers;
  /// The stream ended with END_STREAM.
  bool complete = false;
  std::optional<h2::ErrorCode> reset;
};

/// The relaying half of an agent behind an HTTP/2 connection in memory, with real sockets toward
/// the origins. 127.0.0.1 is permitted.
class RelayFixture final : public h2::SessionHandler {
 public:
  explicit RelayFixture(const Limits& limits = default_limits);
  ~RelayFixture();

  Loop& loop() { return loop_; }
  h2::Session& client() { return *client_; }
  agent::CurrentPolicy& policy() { return policy_; }
  /// Of every service, for requests from now on.
  void configure(agent::ServiceSettings settings);
  test::CaptureLogSink& log() { return sink_; }
  agent::OriginPool& pool() { return pool_; }

  /// A request for an http service on 127.0.0.1:port, with its descriptor.
  http::RequestHead request(std::uint16_t port, std::string method = "GET", std::string path = "/");
  /// A plain CONNECT for a tcp service there.
  http::RequestHead connect(std::uint16_t port);
  /// An extended CONNECT for WebSocket there.
  http::RequestHead websocket(std::uint16_t port, std::string path = "/chat");

  /// Sends the request with `body` and collects the answer.
  Task<Reply> fetch(http::RequestHead head, std::string body = {}, bool has_body = false);
  Task<std::unique_ptr<h2::Stream>> open(http::RequestHead head, bool has_body);
  Task<Reply> collect(h2::Stream& stream);

  /// Runs a task of the test to its end.
  void run(Task<void> task);

 private:
  class ClientHandler final : public h2::SessionHandler {
   public:
    explicit ClientHandler(Loop& loop) : ready(loop) {}
    void on_request(std::unique_ptr<h2::Stream>) override {}
    void on_ready() override { ready.set(); }
    Readiness ready;
  };
  void on_request(std::unique_ptr<h2::Stream> stream) override;
  Task<void> run_session(h2::Session& session);
  std::string descriptor(std::uint16_t port, std::string_view type) const;

  Loop loop_;
  Limits limits_;
  test::CaptureLogSink sink_;
  Log log_{sink_};
  agent::CurrentPolicy policy_;
  dns::Resolver resolver_;
  agent::TargetLocator locator_;
  agent::OriginConnector connector_;
  agent::OriginPool pool_;
  agent::RelayContext context_;
  agent::RelayServer server_;
  ClientHandler client_handler_{loop_};
  net::MemoryStream::Pair transport_;
  std::unique_ptr<h2::Session> client_;
  std::unique_ptr<h2::Session> agent_;
  Scope requests_;
  Scope sessions_;
};

}  // namespace outhaul::testing
