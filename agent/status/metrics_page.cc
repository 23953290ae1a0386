#include "agent/status/metrics_page.h"

#include "agent/policy/refusal.h"
#include "agent/status/dns_metrics.h"
#include "agent/status/metric_families.h"

namespace outhaul::agent {

namespace {

namespace m = metrics;

void write_slots(MetricsWriter& writer, const AgentFigures& figures) {
  // One family after the other, as the format wants it.
  const auto each_slot = [&](const MetricFamily& family, auto write) {
    writer.family(family);
    for (const ConnectionFigures& each : figures.loops.connections)
      write(each, std::to_string(each.slot));
  };
  each_slot(m::connection_state, [&](const ConnectionFigures& each, const std::string& slot) {
    for (const ConnectionState state : connection_states) {
      writer.sample({{"slot", slot}, {"state", to_string(state)}},
                    std::uint64_t{each.state == state});
    }
  });
  each_slot(m::connection_info, [&](const ConnectionFigures& each, const std::string& slot) {
    if (each.edge.empty()) return;
    writer.sample({{"slot", slot}, {"edge", each.edge}, {"address", each.address}},
                  std::uint64_t{1});
  });
  each_slot(m::connection_rtt, [&](const ConnectionFigures& each, const std::string& slot) {
    if (!each.round_trip) return;
    writer.sample({{"slot", slot}}, std::chrono::duration<double>(*each.round_trip).count());
  });
  each_slot(m::connection_requests_active,
            [&](const ConnectionFigures& each, const std::string& slot) {
              writer.sample({{"slot", slot}}, std::uint64_t{each.active_requests});
            });
  each_slot(m::connection_requests, [&](const ConnectionFigures& each, const std::string& slot) {
    writer.sample({{"slot", slot}}, each.requests);
  });
  each_slot(m::connection_bytes, [&](const ConnectionFigures& each, const std::string& slot) {
    writer.sample({{"slot", slot}, {"direction", "received"}}, each.bytes_received);
    writer.sample({{"slot", slot}, {"direction", "sent"}}, each.bytes_sent);
  });
  each_slot(m::connection_windows, [&](const ConnectionFigures& each, const std::string& slot) {
    if (each.connection_window == 0) return;
    writer.sample({{"slot", slot}, {"window", "connection"}}, each.connection_window);
    writer.sample({{"slot", slot}, {"window", "stream"}}, each.stream_window);
  });
  each_slot(m::connection_stalls, [&](const ConnectionFigures& each, const std::string& slot) {
    writer.sample({{"slot", slot}}, each.stalls);
  });
}

void write_connections(MetricsWriter& writer, const AgentFigures& figures) {
  writer.family(m::connections_wanted);
  writer.sample(std::uint64_t{figures.loops.connections.size()});
  writer.family(m::connections_serving);
  writer.sample(std::uint64_t{figures.connections_serving()});
  writer.family(m::draining);
  writer.sample(std::uint64_t{figures.draining});
  write_slots(writer, figures);
  const ConnectionCounters& counters = figures.loops.connection_counters;
  writer.family(m::connections_established);
  writer.sample(counters.established);
  writer.family(m::connection_ends);
  for (std::size_t i = 0; i < counters.ends.size(); ++i)
    writer.sample({{"reason", ConnectionCounters::reasons[i]}}, counters.ends[i]);
}

void write_pool(MetricsWriter& writer, const PoolStatistics& pool) {
  const auto value = [&](const MetricFamily& family, std::uint64_t count) {
    writer.family(family);
    writer.sample(count);
  };
  writer.family(m::origin_connections);
  writer.sample({{"state", "active"}}, std::uint64_t{pool.active});
  writer.sample({{"state", "idle"}}, std::uint64_t{pool.idle});
  value(m::origin_http2_connections, pool.http2_connections);
  value(m::origin_http2_requests, pool.http2_requests);
  value(m::origin_opened, pool.opened);
  value(m::origin_reused, pool.reused);
  value(m::origin_request_retries, pool.retried);
  writer.family(m::origin_limited);
  writer.sample({{"reason", "cap"}}, pool.refused_by_cap);
  writer.sample({{"reason", "circuit"}}, pool.refused_by_circuit);
  value(m::origin_circuits, pool.circuits_open);
}

void write_origins(MetricsWriter& writer, const AgentFigures& figures) {
  write_memory(writer, m::memory, figures.memory);
  write_pool(writer, figures.loops.pool);
  const AddressStatistics& addresses = figures.loops.addresses;
  writer.family(m::origin_dials);
  writer.sample({{"outcome", "connected"}}, addresses.connected);
  writer.sample({{"outcome", "refused"}}, addresses.refused);
  writer.sample({{"outcome", "unreachable"}}, addresses.unreachable);
  writer.sample({{"outcome", "silent"}}, addresses.silent);
  writer.family(m::origin_failed);
  writer.sample(addresses.remembered);
  writer.family(m::origin_retries);
  writer.sample(addresses.retried);
  writer.family(m::origin_recoveries);
  writer.sample(addresses.recovered);
}

void write_refusals(MetricsWriter& writer, const MetricFamily& family,
                    const std::array<std::uint64_t, refusal_kind_count>& counts) {
  writer.family(family);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const auto kind = static_cast<RefusalKind>(i);
    writer.sample({{"kind", to_string(kind)}}, counts[i]);
  }
}

}  // namespace

std::string metrics_page(const AgentFigures& figures) {
  MetricsWriter writer;
  write_requests(writer, m::requests, figures.loops.traffic);
  write_connections(writer, figures);
  writer.family(m::reloads);
  writer.sample({{"outcome", "accepted"}}, figures.reloads_accepted);
  writer.sample({{"outcome", "refused"}}, figures.reloads_refused);
  writer.family(m::log_lines_dropped);
  writer.sample(figures.log_lines_dropped);
  writer.family(m::certificate_expires);
  for (const net::ExpiryWatch::Certificate& each : figures.certificates)
    writer.sample({{"certificate", each.name}}, net::seconds_left(each));
  write_origins(writer, figures);
  write_refusals(writer, m::policy_refusals, figures.loops.policy.refused);
  write_refusals(writer, m::policy_dry_run, figures.loops.policy.would_refuse);
  write_dns(writer, figures.dns);
  write_process(writer, m::build_info);
  return writer.take();
}

}  // namespace outhaul::agent
