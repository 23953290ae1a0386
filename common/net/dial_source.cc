#include "common/net/dial_source.h"

#include <algorithm>
#include <cerrno>

#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace outhaul::net {

namespace {

bool is_interface_name(std::string_view text) {
  const auto allowed = [](char c) { return c > ' ' && c < 0x7f && c != '/' && c != ':'; };
  return !text.empty() && text.size() < IFNAMSIZ && std::ranges::all_of(text, allowed);
}

Error source_error(int error_number, const DialSource& source) {
  const std::string name = source.to_string();
  switch (error_number) {
    case EADDRNOTAVAIL:
      return {ErrorKind::not_found,
              "the source address " + name + " is not an address of this machine"};
    case ENODEV:
      return {ErrorKind::not_found, "this machine has no network interface " + name};
    case EPERM:
    case EACCES:
      return {ErrorKind::denied, "this user may not dial from " + name};
    default:
      return system_error(error_number, "dial from " + name);
  }
}

}  // namespace

Result<DialSource> DialSource::parse(std::string_view text) {
  DialSource source;
  if (const auto address = IpAddress::parse(text)) {
    source.address = *address;
    return source;
  }
  if (!is_interface_name(text)) {
    return Error{ErrorKind::invalid,
                 "'" + std::string(text) +
                     "' is neither an address of this machine, as 10.0.0.5, nor the name of a "
                     "network interface, as eth1"};
  }
  source.interface = text;
  return source;
}

Result<void> DialSource::bind(int socket, const SocketAddress& peer) const {
  if (!interface.empty()) {
    const auto length = static_cast<socklen_t>(interface.size());
    if (::setsockopt(socket, SOL_SOCKET, SO_BINDTODEVICE, interface.c_str(), length) != 0) {
      return source_error(errno, *this);
    }
  }
  if (!address) return {};
  const SocketAddress local(*address, 0);
  if (local.family() != peer.family()) {
    return Error{ErrorKind::invalid, peer.to_string() + ": the source address " + to_string() +
                                         " is of the other family"};
  }
  // The port is chosen when it connects, so that one port serves several peers.
  const int on = 1;
  ::setsockopt(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  if (::bind(socket, local.native(), local.native_length()) != 0) return source_error(errno, *this);
  return {};
}

std::string DialSource::to_string() const {
  return address ? address->to_string() : interface;
}

}  // namespace outhaul::net
