#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/http/single_exchange.h"
#include "common/net/socket_address.h"

namespace outhaul::http {

/// Asks the status pages of a running program, blocking: `method` and `target` as in "GET",
/// "/ready". The error says what to look at when nobody answers.
Result<WholeResponse> call_status(const net::SocketAddress& address, std::string_view method,
                                  std::string_view target);

/// Whether the program is ready: what it says, or an error with its reason.
Result<std::string> ask_ready(const net::SocketAddress& address);

/// Changes its log level, and returns the name of the new one.
Result<std::string> ask_log_level(const net::SocketAddress& address, std::string_view level);

}  // namespace outhaul::http
