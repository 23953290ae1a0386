#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/async/loop.h"
#include "common/async/scope.h"
#include "common/base/log.h"
#include "common/h2/session.h"
#include "common/net/memory_stream.h"
#include "edge/bindings/h1_connection.h"
#include "edge/directory/snapshot.h"
#include "edge/forwarding/tunnel_stream.h"
#include "tests/bench/relay/agent_side.h"

namespace outhaul::fuzz {

/// What happens on the way, beside the bytes.
struct PassagePlan {
  bool short_pieces = false;            ///< every read and write is cut at random places
  bool origin_closes = false;           ///< behind its answer
  bool origin_resets = false;           ///< behind its answer, instead of closing
  bool origin_answers_at_once = false;  ///< without waiting for the end of the request
  bool narrow_streams = false;          ///< little room in every stream: constant back-pressure
};

/// An origin that keeps what it receives and answers the first request with fixed bytes.
class ScriptedOrigin final : public agent::OriginDialer {
 public:
  ScriptedOrigin(Loop& loop, const net::MemoryStreamOptions& transport, const PassagePlan& plan,
                 std::string answer);

  Task<Result<agent::ConnectedOrigin>> connect(std::vector<net::SocketAddress> addresses,
                                               agent::OriginTls tls,
                                               const agent::ServiceSettings& settings) override;
  void step();
  const std::string& received() const { return received_; }
  /// The whole answer, and its end if there is to be one, was handed over.
  bool has_answered() const { return answered_; }
  /// Bytes that moved, for noticing that nothing does any more.
  std::size_t progress() const { return received_.size() + sent_; }

 private:
  bool may_answer() const;

  Loop& loop_;
  const net::MemoryStreamOptions transport_;
  const PassagePlan plan_;
  const std::string answer_;
  std::unique_ptr<net::MemoryStream> stream_;
  std::string received_;
  std::size_t sent_ = 0;
  bool answered_ = false;
};

/// The edge from a client's HTTP/1.1 connection to the tunnel's HTTP/2 session, all real but for
/// the transports. Its directory has one http service.
class EdgeSide final : private h2::SessionHandler, private edge::Tunnels {
 public:
  EdgeSide(Loop& loop, net::ByteStream& tunnel, net::ByteStream& client);
  ~EdgeSide();

  bool ready() const { return session_.ready(); }
  void start_session();
  void start_client();
  /// The edge has finished with the client's connection.
  bool client_is_over() const { return client_over_; }
  bool session_is_over() const { return session_over_; }

 private:
  void on_request(std::unique_ptr<h2::Stream> stream) override;
  Result<std::unique_ptr<edge::TunnelStream>> open(const Uuid& tunnel,
                                                   const http::RequestHead& head, bool has_body,
                                                   std::string_view avoid) override;
  Task<bool> wait_for_connection(Uuid tunnel, Duration limit) override;
  Task<void> serve_session();
  Task<void> serve_client();

  class NoLog final : public LogSink {
   public:
    LogStyle style() const override { return LogStyle::json; }
    void write(LogLevel, std::string_view) override {}
  };

  NoLog sink_;
  Log log_{sink_, LogLevel::warn};
  std::shared_ptr<const edge::Snapshot> snapshot_;
  http::ReplayBudget budget_;
  edge::ForwardContext forward_;
  edge::ClientContext context_;
  edge::ClientStream client_;
  h2::Session session_;
  bool client_over_ = false;
  bool session_over_ = false;
  Scope scope_;
};

/// What came of a passage.
struct Passed {
  std::string origin_received;
  std::string client_received;
  bool origin_has_answered = false;
  bool client_saw_end = false;  ///< a clean one
  bool client_saw_reset = false;
};

/// Sends `request` through edge, tunnel and agent to an origin that answers with `answer`, and runs
/// until nothing moves any more. The client keeps its direction open until then.
Passed pass(const PassagePlan& plan, std::string_view request, std::string_view answer);

}  // namespace outhaul::fuzz
