#pragma once

#include <memory>

#include "common/async/loop.h"
#include "common/async/task.h"
#include "common/base/result.h"
#include "common/net/tcp_stream.h"
#include "common/net/tls_stream.h"
#include "tests/bench/splice/credentials.h"

namespace outhaul::bench {

/// An agent's connection behind its 101: HTTP/2 from here on, nothing of it read yet.
struct SplicedAgent {
  std::unique_ptr<net::TlsStream> stream;
  /// "slot 2 of 127.0.0.1:40312"
  std::string name;
};

/// The edge's end of profile `ptth` (protocol.md section 2.1) with the one tunnel of `credentials`,
/// which must outlive the task.
Task<Result<SplicedAgent>> accept_agent(Loop& loop, std::unique_ptr<net::TcpStream> tcp,
                                        const Credentials& credentials);

}  // namespace outhaul::bench
