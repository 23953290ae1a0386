#include "common/net/socket_address.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstring>

#include <netinet/in.h>
#include <sys/un.h>

namespace outhaul::net {

namespace {

// Copies instead of casts: the storage may hold any of the socket address structs.
template <typename Native>
Native load(const sockaddr_storage& storage) {
  Native native{};
  std::memcpy(&native, &storage, sizeof native);
  return native;
}

template <typename Native>
void store(const Native& native, sockaddr_storage& storage) {
  std::memcpy(&storage, &native, sizeof native);
}

constexpr std::size_t path_offset = offsetof(sockaddr_un, sun_path);

/// ::ffff:a.b.c.d, as a dual-stack socket shows its IPv4 peers.
bool is_mapped(const in6_addr& address) {
  return IN6_IS_ADDR_V4MAPPED(&address);
}

}  // namespace

SocketAddress::SocketAddress(const IpAddress& address, std::uint16_t port) {
  if (address.is_v4()) {
    sockaddr_in native{};
    native.sin_family = AF_INET;
    native.sin_port = htons(port);
    native.sin_addr = address.v4();
    store(native, storage_);
    length_ = sizeof native;
  } else {
    sockaddr_in6 native{};
    native.sin6_family = AF_INET6;
    native.sin6_port = htons(port);
    native.sin6_addr = address.v6();
    store(native, storage_);
    length_ = sizeof native;
  }
}

Result<SocketAddress> SocketAddress::unix_path(std::string_view path) {
  sockaddr_un native{};
  if (path.empty() || path.find('\0') != std::string_view::npos) {
    return Error{ErrorKind::invalid,
                 "unix socket path: must not be empty or hold a NUL; give a file-system path"};
  }
  if (path.size() >= sizeof native.sun_path) {
    return Error{ErrorKind::invalid, "unix socket path '" + std::string(path) + "': longer than " +
                                         std::to_string(sizeof native.sun_path - 1) +
                                         " bytes; use a shorter path"};
  }
  native.sun_family = AF_UNIX;
  std::memcpy(native.sun_path, path.data(), path.size());
  SocketAddress address;
  store(native, address.storage_);
  address.length_ = static_cast<socklen_t>(path_offset + path.size() + 1);
  return address;
}

SocketAddress SocketAddress::from_native(const sockaddr_storage& storage, socklen_t length) {
  SocketAddress address;
  switch (storage.ss_family) {
    case AF_INET6: {
      const auto native = load<sockaddr_in6>(storage);
      if (is_mapped(native.sin6_addr)) {
        in_addr v4{};
        std::memcpy(&v4, native.sin6_addr.s6_addr + 12, sizeof v4);
        return {IpAddress::from(v4), ntohs(native.sin6_port)};
      }
      break;
    }
    case AF_INET:
    case AF_UNIX:
      break;
    default:
      return address;
  }
  address.storage_ = storage;
  address.length_ = std::min<socklen_t>(length, sizeof storage);
  return address;
}

IpAddress SocketAddress::ip() const {
  assert(is_ip());
  if (family() == AF_INET) return IpAddress::from(load<sockaddr_in>(storage_).sin_addr);
  return IpAddress::from(load<sockaddr_in6>(storage_).sin6_addr);
}

std::uint16_t SocketAddress::port() const {
  assert(is_ip());
  if (family() == AF_INET) return ntohs(load<sockaddr_in>(storage_).sin_port);
  return ntohs(load<sockaddr_in6>(storage_).sin6_port);
}

std::string SocketAddress::path() const {
  assert(is_unix());
  if (length_ <= path_offset) return {};
  const auto native = load<sockaddr_un>(storage_);
  return {native.sun_path, strnlen(native.sun_path, sizeof native.sun_path)};
}

std::string SocketAddress::to_string() const {
  if (is_unix()) return "unix:" + path();
  if (!is_ip()) return "unspecified address";
  const std::string port_text = ":" + std::to_string(port());
  const std::string host = ip().to_string();
  return family() == AF_INET6 ? "[" + host + "]" + port_text : host + port_text;
}

bool operator==(const SocketAddress& left, const SocketAddress& right) {
  if (left.family() != right.family()) return false;
  if (left.is_unix()) return left.path() == right.path();
  return !left.is_ip() || (left.port() == right.port() && left.ip() == right.ip());
}

}  // namespace outhaul::net
