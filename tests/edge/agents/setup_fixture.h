#pragma once

#include <memory>
#include <string>

#include "common/async/loop.h"
#include "common/net/io.h"
#include "common/net/memory_stream.h"
#include "common/tunnel/concealed_authentication.h"
#include "common/tunnel/secret.h"
#include "edge/agents/ptth_accept.h"
#include "tests/edge/samples.h"
#include "tests/support/run_task.h"

namespace outhaul::edge {

/// An agent at one end of a stream in memory, and an edge that accepts it at the other. In place of
/// TLS the exporter is a fixed function of its context, known to both.
class SetupFixture {
 public:
  SetupFixture() : pair_(net::MemoryStream::make_pair(loop_, cuts())) {
    tunnel_ = sample_tunnel("office");
    tunnel_.public_keys = {key_.public_key()};
    rules_.edge_name = "edge-test";
    rules_.public_names = {{"edge.example.net", 7844}};
    limits_.setup_stage = std::chrono::seconds(1);
  }

  /// The parts of a good request; a test changes one.
  struct Request {
    std::string line;
    std::string host = "edge.example.net:7844";
    std::string authorization;
    std::string fields =
        "Connection: upgrade\r\nUpgrade: ptth\r\nALPN: h2\r\nTunnel-Session: v=1, "
        "inst=\"6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11\", conn=2, of=4, ver=\"1.0.0\", "
        "feat=(http)\r\n";
    std::string after;  ///< behind the head
    std::string text() const {
      return line + "\r\nHost: " + host + "\r\n" + authorization + fields + "\r\n" + after;
    }
  };

  Request good_request() { return request_for(tunnel_.id, "edge.example.net:7844"); }

  Request request_for(const Uuid& id, const std::string& host) {
    Request request;
    request.line = "GET /ptth/tunnels/" + id.to_string() + " HTTP/1.1";
    request.host = host;
    const auto parsed = tunnel::parse_host(host);
    const auto context = tunnel::concealed_context(
        id, key_.public_key(), parsed ? *parsed : tunnel::HostAndPort{"invalid", 443});
    request.authorization =
        "Authorization: " + tunnel::concealed_authorization(id, key_, exported(context)) + "\r\n";
    return request;
  }

  /// Sends `text` and returns the edge's whole answer.
  std::string answer_to(const std::string& text) {
    accepted_.reset();
    pair_ = net::MemoryStream::make_pair(loop_, cuts());
    testing::run_task(loop_, exchange(text));
    return answer_;
  }
  std::string status_of(const std::string& text) { return answer_to(text).substr(9, 3); }

  Tunnel& tunnel() { return tunnel_; }
  SetupRules& rules() { return rules_; }
  const std::optional<Result<AcceptedAgent>>& accepted() const { return accepted_; }

 private:
  static net::MemoryStreamOptions cuts() {
    net::MemoryStreamOptions options;
    options.read_cut = {net::Cut::Mode::random, 40};
    options.write_cut = {net::Cut::Mode::random, 40};
    return options;
  }
  static tunnel::ExporterOutput exported(Bytes context) {
    tunnel::ExporterOutput output{};
    for (std::size_t i = 0; i < context.size(); ++i)
      output.at(i % output.size()) ^= context[i];
    return output;
  }

  Task<void> exchange(std::string text) {
    const Result<void> sent = co_await net::write_all(*pair_.first, as_bytes(text));
    REQUIRE(sent);
    Snapshot snapshot;
    snapshot.put(tunnel_);
    const auto published = std::make_shared<const Snapshot>(snapshot);
    const SnapshotSource source = [&published] { return published; };
    const tunnel::Exporter exporter = [](Bytes context) {
      return Result<tunnel::ExporterOutput>(exported(context));
    };
    accepted_ = co_await accept_agent(loop_, *pair_.second, exporter, rules_, source, limits_);
    pair_.second.reset();
    answer_.clear();
    for (;;) {
      auto got = co_await net::read_some(*pair_.first, loop_.receive_buffer());
      if (!got || *got == 0) break;
      answer_ += as_text(Bytes(loop_.receive_buffer()).first(*got));
    }
  }

  Loop loop_;
  Limits limits_;
  net::MemoryStream::Pair pair_;
  Tunnel tunnel_;
  tunnel::TunnelSecret secret_ = tunnel::TunnelSecret::random();
  // Derived with any id: the edge only knows the public half.
  tunnel::ConcealedKey key_ = tunnel::ConcealedKey::derive(Uuid(), secret_);
  SetupRules rules_;
  std::optional<Result<AcceptedAgent>> accepted_;
  std::string answer_;
};

}  // namespace outhaul::edge
