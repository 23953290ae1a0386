#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/ip_address.h"
#include "common/base/result.h"

namespace outhaul::agent {

/// Where a service is, as people write it: "api.internal:8080", "10.0.0.5:80", "[fd00::1]:80" or
/// "unix:/run/app.sock".
struct ServiceAddress {
  /// Lower case; empty unless the address is a name.
  std::string hostname;
  std::optional<IpAddress> ip;
  std::uint16_t port = 0;
  /// Empty unless it is a unix socket.
  std::string unix_path;

  bool is_unix() const { return !unix_path.empty(); }

  /// Without a `default_port` the port has to be there. Error kind `invalid`; the message quotes
  /// the text and has the fix.
  static Result<ServiceAddress> parse(std::string_view text,
                                      std::optional<std::uint16_t> default_port = std::nullopt);

  friend bool operator==(const ServiceAddress&, const ServiceAddress&) = default;
};

}  // namespace outhaul::agent
