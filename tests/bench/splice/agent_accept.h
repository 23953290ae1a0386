#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "common/async/loop.h"
#include "common/async/task.h"
#include "common/base/result.h"
#include "common/net/tcp_stream.h"
#include "common/net/tls_stream.h"
#include "tests/bench/splice/credentials.h"

namespace outhaul::bench {

/// An agent's connection behind its introduction: HTTP/2 from here on.
struct SplicedAgent {
  std::unique_ptr<net::TlsStream> stream;
  /// It sent the client's magic, which is taken off, and expects none.
  bool sends_client_magic = false;
  /// What it said already.
  std::vector<std::byte> early;
  /// "slot 2 of 127.0.0.1:40312"
  std::string name;
};

/// The edge's end of the profile of `credentials` (protocol.md section 2) with their one tunnel.
/// They must outlive the task.
Task<Result<SplicedAgent>> accept_agent(Loop& loop, std::unique_ptr<net::TcpStream> tcp,
                                        const Credentials& credentials);

}  // namespace outhaul::bench
