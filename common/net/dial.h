#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "common/async/loop.h"
#include "common/async/task.h"
#include "common/base/result.h"
#include "common/net/dial_source.h"
#include "common/net/socket_address.h"
#include "common/net/tcp_stream.h"

namespace outhaul::net {

/// What came of one address of a dial.
enum class Tried : std::uint8_t {
  connected,
  refused,
  unreachable,  ///< no route, or the connection was cut at once
  silent,       ///< no answer for as long as the attempt delay, or up to the end
};

/// Who wants to know what came of each address.
class DialListener {
 public:
  /// Only what says something about the address: not, say, that this process has no file descriptor
  /// left. From inside the dial; must not destroy it.
  virtual void tried(const SocketAddress& address, Tried outcome) = 0;

 protected:
  ~DialListener() = default;
};

enum class DialOrder : std::uint8_t {
  alternate,  ///< families take turns (RFC 8305 section 4), beginning with the first address's
  as_given,
};

struct DialOptions {
  /// For all attempts together.
  Duration connect_timeout = std::chrono::seconds(10);
  /// The next address is tried when the last attempt has not succeeded for so long (RFC 8305
  /// section 5), or at once when it failed.
  Duration attempt_delay = std::chrono::milliseconds(250);
  DialOrder order = DialOrder::alternate;
  /// Outlives the dial; null: nobody.
  DialListener* listener = nullptr;
  /// Outlives the dial; null: the kernel chooses.
  const DialSource* source = nullptr;
  TcpOptions tcp;
};

/// Connects to the first address that answers; the other attempts are closed. The addresses are
/// tried as DialOptions::order says. Which address it became: TcpStream::peer_address().
///
/// The error names every address and what it answered. Its kind is timed_out when the time was up,
/// refused when all refused, else the kind of the last failure; `invalid` without addresses.
Task<Result<std::unique_ptr<TcpStream>>> dial(Loop& loop, std::vector<SocketAddress> addresses,
                                              DialOptions options);

/// DialOrder::alternate.
std::vector<SocketAddress> alternate_families(std::vector<SocketAddress> addresses);

}  // namespace outhaul::net
