#include "agent/network/local_addresses.h"

#include <cstring>
#include <memory>

#include <ifaddrs.h>
#include <netinet/in.h>

namespace outhaul::agent {

namespace {

struct FreeInterfaces {
  void operator()(ifaddrs* list) const { freeifaddrs(list); }
};

bool is_any(const IpAddress& address) {
  return address == IpAddress::from(in_addr{}) || address == IpAddress::from(in6_addr{});
}

}  // namespace

std::vector<IpAddress> local_addresses() {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return {};
  const std::unique_ptr<ifaddrs, FreeInterfaces> owned(list);
  std::vector<IpAddress> addresses;
  for (const ifaddrs* one = list; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr) continue;
    if (one->ifa_addr->sa_family == AF_INET) {
      sockaddr_in v4{};
      std::memcpy(&v4, one->ifa_addr, sizeof v4);
      addresses.push_back(IpAddress::from(v4.sin_addr));
    } else if (one->ifa_addr->sa_family == AF_INET6) {
      sockaddr_in6 v6{};
      std::memcpy(&v6, one->ifa_addr, sizeof v6);
      addresses.push_back(IpAddress::from(v6.sin6_addr));
    }
  }
  return addresses;
}

std::vector<ListenEndpoint> listen_endpoints(const std::vector<net::SocketAddress>& listeners,
                                             const std::vector<IpAddress>& machine) {
  std::vector<ListenEndpoint> endpoints;
  for (const net::SocketAddress& listener : listeners) {
    if (!listener.is_ip()) continue;
    const IpAddress address = listener.ip();
    endpoints.push_back({address, listener.port()});
    if (!is_any(address)) continue;
    for (const IpAddress& own : machine) {
      if (address.is_v6() || own.is_v4()) endpoints.push_back({own, listener.port()});
    }
  }
  return endpoints;
}

}  // namespace outhaul::agent
