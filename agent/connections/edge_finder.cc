#include "agent/connections/edge_finder.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/base/stable_order.h"

namespace outhaul::agent {

namespace {

/// Each family begins with another address in each turn; the family that came first stays first.
std::vector<IpAddress> spread(std::vector<IpAddress> found, std::size_t turn) {
  if (found.empty()) return found;
  const bool first_is_v4 = found.front().is_v4();
  // The resolver's order differs from answer to answer; the slots need one that they agree on.
  std::ranges::sort(found);
  const std::size_t first = partition_in_order(
      found, [&](const IpAddress& address) { return address.is_v4() == first_is_v4; });
  const auto other = std::next(found.begin(), static_cast<std::ptrdiff_t>(first));
  const auto rotate = [turn](auto begin, auto end) {
    if (begin == end) return;
    const auto by = static_cast<std::ptrdiff_t>(turn) % std::distance(begin, end);
    std::rotate(begin, std::next(begin, by), end);
  };
  rotate(found.begin(), other);
  rotate(other, found.end());
  return found;
}

}  // namespace

EdgeFinder::EdgeFinder(dns::Resolver& resolver, std::vector<tunnel::EdgeAddress> edges,
                       std::function<void(const std::vector<IpAddress>&)> found)
    : resolver_(resolver), edges_(std::move(edges)), found_(std::move(found)) {}

Task<Result<std::vector<net::SocketAddress>>> EdgeFinder::find(std::size_t index,
                                                               std::uint32_t slot) {
  // A copy, and the count of now: the edges may be others after the resolution.
  const tunnel::EdgeAddress edge = this->edge(index);
  const std::size_t turn = slot / edges_.size();
  std::vector<IpAddress> found;
  if (const auto literal = IpAddress::parse(edge.host)) {
    found.push_back(*literal);
  } else {
    OUTHAUL_CO_TRY(resolution, co_await resolver_.resolve(edge.host, dns::ServerSet::system()));
    for (const dns::Address& address : resolution.addresses)
      found.push_back(address.ip);
  }
  if (found_) found_(found);
  std::vector<net::SocketAddress> addresses;
  // Slots that share an edge take turns: with two edges these are 0, 2, 4...
  for (const IpAddress& address : spread(std::move(found), turn))
    addresses.emplace_back(address, edge.port);
  co_return addresses;
}

}  // namespace outhaul::agent
