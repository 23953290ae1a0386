#include "agent/connections/edge_finder.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/base/stable_order.h"
#include "common/dns/service_lookup.h"

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

std::vector<net::SocketAddress> at_port(const std::vector<IpAddress>& found, std::uint16_t port) {
  std::vector<net::SocketAddress> addresses;
  for (const IpAddress& address : found)
    addresses.emplace_back(address, port);
  return addresses;
}

std::vector<IpAddress> ips_of(const std::vector<dns::Address>& found) {
  std::vector<IpAddress> addresses;
  for (const dns::Address& address : found)
    addresses.push_back(address.ip);
  return addresses;
}

bool fits(const IpAddress& address, dns::FamilyPreference families) {
  if (families == dns::FamilyPreference::v4_only) return address.is_v4();
  return families != dns::FamilyPreference::v6_only || address.is_v6();
}

}  // namespace

EdgeFinder::EdgeFinder(dns::Resolver& resolver, std::vector<tunnel::EdgeAddress> edges,
                       Options options)
    : resolver_(resolver),
      edges_(std::move(edges)),
      options_(std::move(options)),
      proxy_(options_.reach.proxy),
      by_other_port_(edges_.size(), false) {}

void EdgeFinder::set_edges(std::vector<tunnel::EdgeAddress> edges) {
  edges_ = std::move(edges);
  by_other_port_.assign(edges_.size(), false);
  memory_.clear();
}

Task<Result<std::vector<EdgeRoute>>> EdgeFinder::find(std::size_t index, std::uint32_t slot,
                                                      PortChoice choice) {
  index %= count();
  // A copy, and the count of now: the edges may be others after the resolution.
  const tunnel::EdgeAddress edge = edges_[index];
  const std::size_t turn = slot / count();
  if (edge.srv) {
    Task<Result<std::vector<EdgeRoute>>> finding = find_by_srv(edge, slot);
    co_return co_await std::move(finding);
  }
  if (choice == PortChoice::configured) by_other_port_[index] = false;
  std::vector<tunnel::EdgeAddress> places{edge};
  if (const auto port = options_.reach.fallback.port_for(edge)) {
    places.push_back(edge);
    places.back().port = *port;
    if (by_other_port_[index]) std::swap(places.front(), places.back());
  }
  std::vector<EdgeRoute> routes;
  const std::vector<IpAddress> unknown;
  for (const tunnel::EdgeAddress& place : places) {
    EdgeRoute route;
    route.edge = place;
    route.target = place;
    // Slots that share an edge take turns: with two edges these are 0, 2, 4...
    OUTHAUL_CO_CHECK(located, co_await locate(route, unknown, turn));
    routes.push_back(std::move(route));
  }
  co_return routes;
}

Task<Result<std::vector<EdgeRoute>>> EdgeFinder::find_by_srv(tunnel::EdgeAddress edge,
                                                             std::uint32_t slot) {
  const std::size_t turn = slot / count();
  Task<dns::ServiceOutcome> asking = resolver_.look_up_service(
      std::string(edge_service), edge.host, dns::ServerSet::system(), families());
  dns::ServiceOutcome found = co_await std::move(asking);
  if (found.targets.empty()) {
    co_return Error{found.error->kind, edge.to_string() + ": " + found.error->message};
  }
  Memory& memory = memory_[slot];
  order_targets(found.targets, {.failed = memory.failed, .crowded = crowded(slot)});
  std::vector<EdgeRoute> routes;
  std::optional<Error> error;
  for (const dns::ServiceTarget& place : found.targets) {
    const dns::ServiceRecord& record = place.record;
    EdgeRoute route;
    route.target = {.host = record.target, .port = record.port};
    route.edge = route.target;
    route.edge.host = name_to_verify(record.target, edge.host, options_.trust);
    route.rule = RouteRule::next_if_failed;
    std::vector<IpAddress> known = ips_of(place.outcome.resolution.addresses);
    const Result<void> located = co_await locate(route, std::move(known), turn);
    if (located) {
      routes.push_back(std::move(route));
    } else if (!error) {
      error = located.error();
    }
  }
  if (routes.empty()) co_return std::move(*error);
  memory.used = routes.front().target.to_string();
  co_return routes;
}

Task<Result<void>> EdgeFinder::locate(EdgeRoute& route, std::vector<IpAddress> known,
                                      std::size_t turn) {
  if (options_.reach.proxy_for(route.target)) route.proxy = proxy_;
  if (!route.proxy || !route.proxy->resolves_names()) {
    if (known.empty()) {
      OUTHAUL_CO_TRY(resolved, co_await resolve(route.target.host));
      known = std::move(resolved);
    }
    if (options_.found) options_.found(known);
    auto& addresses = route.proxy ? route.behind_proxy : route.addresses;
    addresses = at_port(spread(std::move(known), turn), route.target.port);
  }
  if (!route.proxy) co_return Result<void>();
  auto found = co_await resolve(route.proxy->host);
  if (!found) {
    co_return Error{found.error().kind,
                    "proxy " + route.proxy->to_string() + ": " + found.error().message};
  }
  route.addresses = at_port(spread(*std::move(found), turn), route.proxy->port);
  co_return Result<void>();
}

Task<Result<std::vector<IpAddress>>> EdgeFinder::resolve(std::string host) {
  if (const auto literal = IpAddress::parse(host)) {
    if (fits(*literal, families())) co_return std::vector<IpAddress>{*literal};
    co_return Error{
        ErrorKind::invalid,
        host + " is of the family that --edge-family or --edge-bind-address leaves out"};
  }
  Task<Result<dns::Resolution>> resolving =
      resolver_.resolve(std::move(host), dns::ServerSet::system(), families());
  OUTHAUL_CO_TRY(resolution, co_await std::move(resolving));
  co_return ips_of(resolution.addresses);
}

dns::FamilyPreference EdgeFinder::families() const {
  const auto& source = options_.reach.source;
  if (source && source->address) {
    return source->address->is_v4() ? dns::FamilyPreference::v4_only
                                    : dns::FamilyPreference::v6_only;
  }
  return families_to_ask(options_.reach.family);
}

std::string EdgeFinder::crowded(std::uint32_t slot) const {
  std::string only;
  for (const auto& [other, memory] : memory_) {
    if (other == slot || memory.used.empty()) continue;
    if (!only.empty() && only != memory.used) return {};
    only = memory.used;
  }
  return only;
}

void EdgeFinder::failed(std::uint32_t slot, const tunnel::EdgeAddress& target) {
  memory_[slot].failed = target.to_string();
}

bool EdgeFinder::served(std::size_t index, std::uint32_t slot, const tunnel::EdgeAddress& target) {
  memory_[slot] = {.used = target.to_string(), .failed = {}};
  index %= count();
  if (edges_[index].srv) return false;
  const bool other = target.port != edges_[index].port;
  const bool changed = other != by_other_port_[index];
  by_other_port_[index] = other;
  return changed;
}

}  // namespace outhaul::agent
