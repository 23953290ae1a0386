#include "agent/status/dns_metrics.h"

#include <algorithm>
#include <array>
#include <string>

#include "agent/status/metric_families.h"

namespace outhaul::agent {

namespace {

namespace m = metrics;
using dns::SetStatistics;
using dns::Statistics;

/// Services name their servers, and an edge names services: there is no other bound.
constexpr std::size_t sets_maximum = 32;

/// In the order of dns::AnswerKind.
constexpr std::array<std::string_view, 5> answer_names{"records", "no_name", "no_address",
                                                       "failure", "silence"};

struct NamedSet {
  std::string name;
  const SetStatistics* set;
};

std::vector<NamedSet> busiest(const std::vector<SetStatistics>& sets) {
  std::vector<NamedSet> named;
  for (const SetStatistics& each : sets)
    named.push_back({each.set.to_string(), &each});
  std::ranges::stable_sort(named, [](const NamedSet& left, const NamedSet& right) {
    return left.set->totals.fetches > right.set->totals.fetches;
  });
  if (named.size() > sets_maximum) named.resize(sets_maximum);
  return named;
}

void write_latency(MetricsWriter& writer, const std::vector<NamedSet>& sets) {
  std::array<double, dns::LatencyHistogram::bounds_ms.size()> bounds{};
  for (std::size_t i = 0; i < bounds.size(); ++i)
    bounds[i] = dns::LatencyHistogram::bounds_ms[i] / 1000.0;
  writer.family(m::dns_seconds);
  for (const NamedSet& each : sets) {
    const dns::LatencyHistogram& latency = each.set->totals.latency;
    writer.histogram({{"servers", each.name}}, bounds, latency.buckets,
                     static_cast<double>(latency.sum_us) / 1e6);
  }
}

void write_servers(MetricsWriter& writer, const std::vector<NamedSet>& sets) {
  const auto each_server = [&](const MetricFamily& family, auto write) {
    writer.family(family);
    for (const NamedSet& each : sets) {
      for (const auto& [address, statistics] : each.set->servers)
        write(each.name, address.to_string(), statistics);
    }
  };
  each_server(m::dns_server_queries, [&](const std::string& set, const std::string& server,
                                         const dns::ServerStatistics& statistics) {
    writer.sample({{"servers", set}, {"server", server}}, statistics.queries);
  });
  each_server(m::dns_server_results, [&](const std::string& set, const std::string& server,
                                         const dns::ServerStatistics& statistics) {
    const auto result = [&](std::string_view name, std::uint64_t count) {
      writer.sample({{"servers", set}, {"server", server}, {"result", name}}, count);
    };
    result("answer", statistics.answers);
    result("timeout", statistics.timeouts);
    result("unreachable", statistics.unreachable);
    result("failure", statistics.failures);
  });
}

}  // namespace

void write_dns(MetricsWriter& writer, const std::vector<SetStatistics>& sets) {
  const std::vector<NamedSet> named = busiest(sets);
  const auto total = [&](const MetricFamily& family, std::uint64_t Statistics::* member) {
    writer.family(family);
    for (const NamedSet& each : named)
      writer.sample({{"servers", each.name}}, each.set->totals.*member);
  };
  total(m::dns_fetches, &Statistics::fetches);
  writer.family(m::dns_answers);
  for (const NamedSet& each : named) {
    for (std::size_t i = 0; i < answer_names.size(); ++i) {
      writer.sample({{"servers", each.name}, {"answer", answer_names[i]}},
                    each.set->totals.answers[i]);
    }
  }
  total(m::dns_cache_hits, &Statistics::cache_hits);
  total(m::dns_cache_misses, &Statistics::cache_misses);
  total(m::dns_cache_entries, &Statistics::cache_entries);
  total(m::dns_evictions, &Statistics::evictions);
  total(m::dns_coalesced, &Statistics::coalesced);
  total(m::dns_refreshes, &Statistics::refreshes);
  total(m::dns_stale, &Statistics::stale_uses);
  total(m::dns_overflows, &Statistics::overflows);
  write_latency(writer, named);
  write_servers(writer, named);
}

}  // namespace outhaul::agent
