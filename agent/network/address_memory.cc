#include "agent/network/address_memory.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <netinet/in.h>

namespace outhaul::agent {

namespace {

bool is_v6(const net::SocketAddress& address) {
  return address.family() == AF_INET6;
}

/// Leaves one family out, unless nothing would be left.
void keep_only(std::vector<net::SocketAddress>& addresses, OriginFamily family) {
  if (family != OriginFamily::ipv4_only && family != OriginFamily::ipv6_only) return;
  const bool v6 = family == OriginFamily::ipv6_only;
  const auto unwanted = [v6](const net::SocketAddress& address) { return is_v6(address) != v6; };
  if (std::ranges::all_of(addresses, unwanted)) return;
  std::erase_if(addresses, unwanted);
}

}  // namespace

std::size_t AddressMemory::KeyHash::operator()(const Key& key) const noexcept {
  return std::hash<IpAddress>()(key.ip) ^ (std::size_t{key.port} << 17);
}

AddressMemory::Key AddressMemory::key_of(const net::SocketAddress& address) {
  return {address.ip(), address.port()};
}

void AddressMemory::tried(const net::SocketAddress& address, net::Tried outcome) {
  if (!address.is_ip()) return;
  const Key key = key_of(address);
  switch (outcome) {
    case net::Tried::connected:
      ++statistics_.connected;
      if (is_v6(address)) v6_doubted_until_ = TimePoint();
      forgive(key);
      return;
    case net::Tried::refused:
      ++statistics_.refused;
      break;
    case net::Tried::unreachable:
      ++statistics_.unreachable;
      break;
    case net::Tried::silent:
      ++statistics_.silent;
      // Only silence costs whoever waits; a retry that fails costs nobody.
      if (is_v6(address)) v6_doubted_until_ = clock_() + limits_.family_doubt;
      break;
  }
  punish(key);
}

void AddressMemory::forgive(const Key& key) {
  const auto found = failed_.find(key);
  if (found == failed_.end()) return;
  if (found->second.being_retried) ++statistics_.recovered;
  by_age_.erase(found->second.position);
  failed_.erase(found);
}

void AddressMemory::punish(const Key& key) {
  const TimePoint now = clock_();
  const auto found = failed_.find(key);
  if (found == failed_.end()) {
    if (failed_.size() >= limits_.entries) {
      failed_.erase(by_age_.front());
      by_age_.pop_front();
    }
    const auto position = by_age_.insert(by_age_.end(), key);
    failed_[key] = Failed{now + limits_.first_penalty, limits_.first_penalty, false, position};
    return;
  }
  Failed& failed = found->second;
  by_age_.splice(by_age_.end(), by_age_, failed.position);
  // Many requests may find out at the same time: that is one failure.
  if (!failed.being_retried && now < failed.retry_at) return;
  failed.penalty = std::min<Duration>(failed.penalty * 2, limits_.longest_penalty);
  failed.retry_at = now + failed.penalty;
  failed.being_retried = false;
}

bool AddressMemory::has_failed(const net::SocketAddress& address) const {
  return !failed_.empty() && failed_.contains(key_of(address));
}

bool AddressMemory::prefers_v6(OriginFamily family) const {
  if (family == OriginFamily::ipv4_first || family == OriginFamily::ipv4_only) return false;
  return family != OriginFamily::automatic || clock_() >= v6_doubted_until_;
}

void AddressMemory::take_turns(std::vector<net::SocketAddress>& equals) {
  if (equals.size() < 2) return;
  const std::uint32_t first = random_(static_cast<std::uint32_t>(equals.size()));
  std::rotate(equals.begin(), equals.begin() + first, equals.end());
}

std::vector<net::SocketAddress> AddressMemory::arrange(std::vector<net::SocketAddress> addresses,
                                                       OriginFamily family) {
  if (addresses.size() < 2) return addresses;
  keep_only(addresses, family);
  std::vector<net::SocketAddress> first;
  std::vector<net::SocketAddress> second;
  std::vector<net::SocketAddress> last;
  const bool v6_first = prefers_v6(family);
  for (net::SocketAddress& address : addresses) {
    std::vector<net::SocketAddress>& equals = is_v6(address) == v6_first ? first : second;
    (has_failed(address) ? last : equals).push_back(std::move(address));
  }
  take_turns(first);
  take_turns(second);
  std::vector<net::SocketAddress> order = std::move(first);
  order.insert(order.end(), std::make_move_iterator(second.begin()),
               std::make_move_iterator(second.end()));
  order = net::alternate_families(std::move(order));
  order.insert(order.end(), std::make_move_iterator(last.begin()),
               std::make_move_iterator(last.end()));
  return order;
}

std::vector<net::SocketAddress> AddressMemory::take_due(
    const std::vector<net::SocketAddress>& addresses) {
  std::vector<net::SocketAddress> due;
  if (failed_.empty()) return due;
  const TimePoint now = clock_();
  for (const net::SocketAddress& address : addresses) {
    const auto found = failed_.find(key_of(address));
    if (found == failed_.end() || now < found->second.retry_at) continue;
    // If nobody reports, the next penalty ends this retry.
    found->second.retry_at = now + found->second.penalty;
    found->second.being_retried = true;
    ++statistics_.retried;
    due.push_back(address);
  }
  return due;
}

AddressStatistics AddressMemory::statistics() const {
  AddressStatistics statistics = statistics_;
  statistics.remembered = failed_.size();
  return statistics;
}

}  // namespace outhaul::agent
