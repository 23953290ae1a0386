#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/http/status_pages.h"
#include "common/net/socket_address.h"

namespace outhaul::tunnel {

/// ADDRESS:PORT with IPv6 in brackets. Error kind `invalid`.
Result<net::SocketAddress> parse_listen_address(std::string_view text);

/// The values of --status-listen: each ADDRESS:PORT or unix:PATH; `none` alone for no pages.
/// Without any: the socket status.sock in `default_directory`, if this process may make it there.
/// Error kind `invalid`.
Result<http::StatusListening> parse_status_listen(std::span<const std::string> texts,
                                                  const std::string& default_directory);

/// Where a command finds the pages: the first of the same values, or the default.
Result<net::SocketAddress> parse_status_address(std::span<const std::string> texts,
                                                const std::string& default_directory);

}  // namespace outhaul::tunnel
