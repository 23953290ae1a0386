#pragma once

#include <memory>

#include "common/async/loop.h"
#include "common/async/task.h"
#include "common/base/log.h"
#include "common/base/result.h"
#include "common/net/socket_address.h"
#include "common/net/tcp_stream.h"
#include "common/net/tls_context.h"

namespace outhaul::bench {

/// What dials a forward proxy: HTTP/2 over TLS 1.3. Its certificate is not looked at, for it was
/// made for this run.
Result<std::shared_ptr<const net::TlsClientContext>> forward_proxy_tls();

/// Joins a plaintext HTTP/2 client to a connection to the proxy at `address`, so that a forward
/// proxy is measured through the same program as an agent.
Task<void> join_to_proxy(Loop& loop, Log& log, std::unique_ptr<net::TcpStream> client,
                         net::SocketAddress address,
                         std::shared_ptr<const net::TlsClientContext> tls);

}  // namespace outhaul::bench
