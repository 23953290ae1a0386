#include "edge/status/metrics_page.h"

#include <map>

#include "edge/status/metric_families.h"

namespace outhaul::edge {

namespace {

namespace m = metrics;

constexpr std::size_t tunnels_maximum = 256;

void write_tunnels(MetricsWriter& writer, const EdgeFigures& figures) {
  const std::vector<NamedTunnel> tunnels = named_tunnels(figures);
  const auto each = [&](const MetricFamily& family, std::size_t Registry::TunnelFigures::* member) {
    writer.family(family);
    for (const NamedTunnel& tunnel : tunnels)
      writer.sample({{"tunnel", tunnel.name}}, std::uint64_t{tunnel.figures.*member});
  };
  each(m::agents, &Registry::TunnelFigures::usable);
  each(m::replicas, &Registry::TunnelFigures::replicas);
  each(m::suspect, &Registry::TunnelFigures::suspect);
  each(m::agent_requests, &Registry::TunnelFigures::requests);
  each(m::held, &Registry::TunnelFigures::held);
}

}  // namespace

std::vector<NamedTunnel> named_tunnels(const EdgeFigures& figures) {
  std::map<std::string, Registry::TunnelFigures> by_name;
  for (const Registry::TunnelFigures& each : figures.tunnels) {
    const Tunnel* known = figures.snapshot ? figures.snapshot->tunnel(each.tunnel) : nullptr;
    // A deleted tunnel without a connection is over.
    if ((!known || known->deleted_at) && each.connections == 0) continue;
    std::string name = known ? known->name : each.tunnel.to_string();
    if (by_name.size() >= tunnels_maximum && !by_name.contains(name)) name = "other";
    Registry::TunnelFigures& sum = by_name[name];
    sum.tunnel = each.tunnel;
    sum.connections += each.connections;
    sum.usable += each.usable;
    sum.replicas += each.replicas;
    sum.suspect += each.suspect;
    sum.requests += each.requests;
    sum.held += each.held;
  }
  std::vector<NamedTunnel> tunnels;
  for (auto& [name, sum] : by_name)
    tunnels.push_back({name, sum});
  return tunnels;
}

std::string metrics_page(const EdgeFigures& figures) {
  MetricsWriter writer;
  write_requests(writer, m::requests, figures.traffic);
  writer.family(m::retries);
  figures.traffic.for_each([&](std::string_view service, const Traffic& traffic) {
    writer.sample({{"service", service}}, traffic.retries);
  });
  writer.family(m::draining);
  writer.sample(std::uint64_t{figures.draining});
  writer.family(m::reloads);
  writer.sample({{"outcome", "accepted"}}, figures.reloads_accepted);
  writer.sample({{"outcome", "refused"}}, figures.reloads_refused);
  writer.family(m::certificate_expires);
  for (const net::ExpiryWatch::Certificate& each : figures.certificates)
    writer.sample({{"certificate", each.name}}, net::seconds_left(each));
  write_tunnels(writer, figures);
  writer.family(m::half_open);
  writer.sample(std::uint64_t{figures.agents_half_open});
  writer.family(m::client_connections);
  for (const EdgeFigures::ClientListener& each : figures.listeners)
    writer.sample({{"listener", each.address}}, std::uint64_t{each.connections});
  writer.family(m::clients_cut);
  writer.sample(figures.clients_cut_for_resets);
  writer.family(m::log_lines_dropped);
  writer.sample(figures.log_lines_dropped);
  if (figures.memory != nullptr) write_memory(writer, m::memory, *figures.memory);
  write_process(writer, m::build_info);
  return writer.take();
}

}  // namespace outhaul::edge
