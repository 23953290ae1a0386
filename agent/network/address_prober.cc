#include "agent/network/address_prober.h"

#include <cstddef>
#include <utility>

namespace outhaul::agent {

namespace {

constexpr std::size_t probes_maximum = 64;

}  // namespace

void AddressProber::probe(const std::vector<net::SocketAddress>& addresses) {
  for (const net::SocketAddress& address : addresses) {
    if (probes_.size() >= probes_maximum) return;
    probes_.spawn(try_one(address));
  }
}

Task<void> AddressProber::try_one(net::SocketAddress address) {
  net::DialOptions options;
  options.connect_timeout = options.attempt_delay;
  options.listener = &listener_;
  std::vector<net::SocketAddress> addresses{std::move(address)};
  // The listener has heard all that matters.
  const auto connected = co_await net::dial(loop_, std::move(addresses), options);
  (void)connected;
}

}  // namespace outhaul::agent
