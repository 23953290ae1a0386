#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "common/async/loop.h"
#include "common/async/task.h"
#include "common/base/result.h"
#include "common/net/socket_address.h"
#include "common/net/tcp_stream.h"

namespace outhaul::net {

struct DialOptions {
  /// For all attempts together.
  Duration connect_timeout = std::chrono::seconds(10);
  /// The next address is tried when the last attempt has not succeeded for so long (RFC 8305
  /// section 5), or at once when it failed.
  Duration attempt_delay = std::chrono::milliseconds(250);
  TcpOptions tcp;
};

/// Connects to the first address that answers; the other attempts are closed. The addresses are
/// tried in their order, but families alternate (RFC 8305 section 4), starting with the first
/// one's. Which address it became: TcpStream::peer_address().
///
/// The error names every address and what it answered. Its kind is timed_out when the time was up,
/// refused when all refused, else the kind of the last failure; `invalid` without addresses.
Task<Result<std::unique_ptr<TcpStream>>> dial(Loop& loop, std::vector<SocketAddress> addresses,
                                              DialOptions options);

/// The order in which dial() tries addresses.
std::vector<SocketAddress> alternate_families(std::vector<SocketAddress> addresses);

}  // namespace outhaul::net
