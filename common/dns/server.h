#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "common/async/loop.h"
#include "common/dns/channel.h"
#include "common/dns/message.h"
#include "common/dns/resolver_limits.h"
#include "common/dns/server_set.h"

namespace outhaul::dns {

/// Counted since the server is in use.
struct ServerStatistics {
  std::uint64_t queries = 0;
  /// Responses of any meaning, also negative ones and failure codes.
  std::uint64_t answers = 0;
  /// Tries without an answer within the time of one try.
  std::uint64_t timeouts = 0;
  /// Refused, no route, connection cut.
  std::uint64_t unreachable = 0;
  /// SERVFAIL, REFUSED, ... and answers that make no sense.
  std::uint64_t failures = 0;
};

/// One DNS server: its channels and what is remembered of it.
class Server {
 public:
  Server(Loop& loop, const ServerAddress& address, Transport transport, const Limits& limits);

  const ServerAddress& address() const { return address_; }
  const ServerStatistics& statistics() const { return statistics_; }

  /// Asks, over a channel that is replaced every now and then, because a channel's source port
  /// never changes. Not from inside a c-ares callback.
  void send(const Question& question, Query& query);

  /// A response came: the server is alive.
  void answered();
  /// A response came, and it was of no use.
  void failed() { ++statistics_.failures; }
  /// Nothing came within the time of one try: ask it last for a while.
  void stayed_silent();
  void was_unreachable();
  /// FORMERR: an old server that does not know EDNS.
  void disable_edns() { edns_ = Edns::off; }
  Edns edns() const { return edns_; }

  /// To be asked after the others.
  bool suspect() const { return loop_.now() < bad_until_; }

 private:
  Channel& channel();

  Loop& loop_;
  ServerAddress address_;
  Transport transport_;
  const Limits& limits_;
  Edns edns_ = Edns::on;
  TimePoint bad_until_;
  ServerStatistics statistics_;
  std::unique_ptr<Channel> channel_;
  /// Replaced, but with open queries.
  std::vector<std::unique_ptr<Channel>> retired_;
};

}  // namespace outhaul::dns
