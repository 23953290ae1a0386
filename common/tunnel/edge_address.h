#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace outhaul::tunnel {

/// Where to dial an edge, or where DNS tells that.
struct EdgeAddress {
  /// A host name, an IPv4 address, or an IPv6 address without brackets; lower case.
  std::string host;
  /// 0 with `srv`.
  std::uint16_t port = 0;
  /// `host` is a domain, whose SRV records of `_outhaul._tcp` name the edges and their ports.
  bool srv = false;

  /// `host:port`, `[v6]:port`, or either without the port, which is then 7844. Upper case is
  /// accepted and lowered. Error kind `invalid`.
  static Result<EdgeAddress> parse(std::string_view text);
  /// The same, or `srv:NAME`.
  static Result<EdgeAddress> parse_or_srv(std::string_view text);

  /// With the port, always, and brackets around IPv6; or `srv:NAME`.
  std::string to_string() const;
  /// The value of `Host` for this edge: the port is left out when it is 443. Not with `srv`.
  std::string host_field() const;

  friend bool operator==(const EdgeAddress&, const EdgeAddress&) = default;
};

}  // namespace outhaul::tunnel
