#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/async/task.h"
#include "common/base/result.h"
#include "common/http/message.h"
#include "common/net/byte_stream.h"
#include "common/net/fd.h"
#include "common/net/socket_address.h"

namespace outhaul::http {

// HTTP/1.1 for local sockets, where one connection carries one request, whose content is small:
// status pages and the edge's admin socket, and the commands that ask them.

/// A request, whole.
struct WholeRequest {
  RequestHead head;
  std::string body;
};

/// Reads a request. A body longer than `body_maximum` is cut behind the bound, so that its size
/// shows that it is too long. Error kind `invalid`: a rule of HTTP was broken, which deserves a
/// 400; else nobody is left to be answered. The stream must outlive the task; without a limit of
/// time.
Task<Result<WholeRequest>> read_whole_request(net::ByteStream& stream, std::size_t body_maximum);

/// A response with `connection: close`.
std::string whole_response(int status, std::string_view content_type, std::string_view body);

/// A response, whole.
struct WholeResponse {
  int status = 0;
  std::string body;
};

// For commands, which have nothing else to do while they wait: these two block.

/// Error kinds `not_found` (no such unix socket) and `refused`: nobody listens there.
Result<net::Fd> connect_blocking(const net::SocketAddress& address);

/// Sends the request and reads the answer to its end; half a minute at most for each step. `peer`
/// names the other side in messages: "the edge at unix:/run/edge.sock".
Result<WholeResponse> call_blocking(net::Fd connection, const WholeRequest& request,
                                    const std::string& peer);

}  // namespace outhaul::http
