#pragma once

#include <cstdint>
#include <deque>
#include <memory>

#include "common/async/loop.h"
#include "common/async/scope.h"
#include "common/async/task.h"
#include "common/base/log.h"
#include "common/base/result.h"
#include "common/net/byte_stream.h"
#include "common/net/tcp_stream.h"
#include "tests/bench/splice/agent_accept.h"

namespace outhaul::bench {

/// Joins agents and clients in the order in which they come, one to one, and carries bytes between
/// them until both directions have ended. A side that is slow to take bytes stops the other.
class Pairing {
 public:
  /// Both must outlive the pairing.
  Pairing(Loop& loop, Log& log) : log_(log), joints_(loop) {}

  void add_agent(SplicedAgent agent);
  void add_client(std::unique_ptr<net::TcpStream> client);

 private:
  void drop_ended_agents();
  void pair();
  Task<void> join(std::uint64_t number, SplicedAgent agent, std::unique_ptr<net::TcpStream> client);

  Log& log_;
  std::deque<SplicedAgent> agents_;
  std::deque<std::unique_ptr<net::TcpStream>> clients_;
  std::uint64_t pairings_ = 0;
  Scope joints_;
};

}  // namespace outhaul::bench
