#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "agent/origins/connector.h"
#include "common/async/loop.h"
#include "common/net/memory_stream.h"

namespace outhaul::bench {

/// An HTTP/1.1 origin in memory that answers every request with the same response. It does its work
/// in step(), outside the loop's turns, so that its instructions are not counted as the agent's.
class MemoryOrigin final : public agent::OriginDialer {
 public:
  /// Each response has `body_bytes` of content. The loop must outlive the origin.
  MemoryOrigin(Loop& loop, std::size_t body_bytes);

  Task<Result<agent::ConnectedOrigin>> connect(std::vector<net::SocketAddress> addresses,
                                               agent::OriginTls tls,
                                               const agent::ServiceSettings&) override;
  /// Reads what has arrived and answers what is complete.
  void step();

  std::size_t connections() const { return connections_.size(); }

 private:
  struct Connection {
    std::unique_ptr<net::MemoryStream> stream;
    std::string head;
    std::size_t request_body_left = 0;
    /// Of the response.
    std::size_t unsent = 0;
  };
  void read(Connection& connection);
  void take(Connection& connection, std::string_view input);
  void write(Connection& connection);

  Loop& loop_;
  std::string response_;
  std::vector<Connection> connections_;
};

}  // namespace outhaul::bench
