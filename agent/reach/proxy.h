#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace outhaul::agent {

enum class ProxyKind : std::uint8_t {
  http,     ///< CONNECT (RFC 9110 section 9.3.6)
  https,    ///< the same inside TLS
  socks5,   ///< RFC 1928; this machine resolves the edge's name
  socks5h,  ///< RFC 1928; the proxy resolves it
};

/// For Basic (RFC 7617) or for RFC 1929. Neither is ever logged or shown.
struct ProxyCredentials {
  std::string user;
  std::string password;

  /// "user:password"; the user is what stands before the first colon, 1 to 255 bytes, and the
  /// password 0 to 255, both without control characters. Error kind `invalid`; the message holds
  /// nothing of the text.
  static Result<ProxyCredentials> parse(std::string_view text);
};

/// What stands between this network and the edges.
struct Proxy {
  ProxyKind kind = ProxyKind::http;
  /// A host name, an IPv4 address, or an IPv6 address without brackets; lower case.
  std::string host;
  std::uint16_t port = 0;
  std::optional<ProxyCredentials> credentials;

  /// `http://`, `https://`, `socks5://` or `socks5h://`, then `[user:password@]host[:port]`; the
  /// port is otherwise 80, 443 or 1080, and without a scheme it is http. Error kind `invalid`; the
  /// message holds nothing of the text, which may have a password in it.
  static Result<Proxy> parse(std::string_view url);

  /// Whether the proxy is given the edge's name, so that nobody here has to resolve it.
  bool resolves_names() const { return kind != ProxyKind::socks5; }
  /// "http://proxy.corp:3128", never with credentials.
  std::string to_string() const;
};

}  // namespace outhaul::agent
