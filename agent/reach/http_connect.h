#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/reach/proxy.h"
#include "agent/reach/reach_stage.h"
#include "common/async/task.h"
#include "common/base/result.h"
#include "common/http/message.h"
#include "common/net/byte_stream.h"

namespace outhaul::agent {

/// The request for a tunnel to `authority` ("edge.example.net:7844"); `credentials` may be null.
std::string connect_request(std::string_view authority, const ProxyCredentials* credentials);

/// What a proxy's final answer says, when that is no: the message completes the sentence "the proxy
/// ...". Kind `denied` (407, 403) or `unreachable`.
std::optional<Error> connect_refusal(const http::ResponseHead& head, bool had_credentials);

/// Asks an HTTP proxy for a tunnel (RFC 9110 section 9.3.6) and returns what it sent behind its
/// answer, which belongs to the tunnel. `stage` says how far it came, after an error as well. The
/// references outlive the task; `credentials` may be null. Without a limit of time.
Task<Result<std::string>> open_http_tunnel(net::ByteStream& stream, std::string authority,
                                           const ProxyCredentials* credentials, ReachStage& stage);

}  // namespace outhaul::agent
