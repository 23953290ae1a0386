#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <sys/socket.h>

#include "common/base/ip_address.h"
#include "common/base/result.h"

namespace outhaul::net {

/// Where a stream socket listens or connects: IPv4 or IPv6 and a port, or the path of a unix
/// socket. A value; default: unspecified, which fits nothing.
class SocketAddress {
 public:
  SocketAddress() = default;
  SocketAddress(const IpAddress& address, std::uint16_t port);
  /// A file-system path without NUL; longer than the kernel's 107 bytes: error kind `invalid`.
  static Result<SocketAddress> unix_path(std::string_view path);
  /// As getsockname() and accept() return it. Other families give the unspecified address.
  static SocketAddress from_native(const sockaddr_storage& storage, socklen_t length);

  int family() const { return storage_.ss_family; }
  bool is_ip() const { return family() == AF_INET || family() == AF_INET6; }
  bool is_unix() const { return family() == AF_UNIX; }
  /// These two assert is_ip(). An accepted IPv4 peer of a dual-stack socket counts as IPv4.
  IpAddress ip() const;
  std::uint16_t port() const;
  /// Asserts is_unix(); empty for an unnamed socket.
  std::string path() const;

  const sockaddr* native() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t native_length() const { return length_; }

  /// "10.0.0.5:80", "[fd00::1]:80", "unix:/run/app.sock".
  std::string to_string() const;

  friend bool operator==(const SocketAddress& left, const SocketAddress& right);

 private:
  sockaddr_storage storage_{};
  socklen_t length_ = 0;
};

}  // namespace outhaul::net
