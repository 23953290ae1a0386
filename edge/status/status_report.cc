#include "edge/status/status_report.h"

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <set>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "common/base/process_figures.h"
#include "edge/status/metrics_page.h"

namespace outhaul::edge {

namespace {

using nlohmann::ordered_json;

ordered_json tunnels_json(const EdgeFigures& figures) {
  ordered_json list = ordered_json::array();
  for (const NamedTunnel& each : named_tunnels(figures)) {
    list.push_back({{"tunnel", each.name},
                    {"connections", each.figures.connections},
                    {"usable", each.figures.usable},
                    {"replicas", each.figures.replicas},
                    {"suspect", each.figures.suspect},
                    {"requests", each.figures.requests},
                    {"held", each.figures.held}});
  }
  return list;
}

ordered_json replica_list(const std::vector<Registry::Replica>& replicas) {
  ordered_json list = ordered_json::array();
  for (const Registry::Replica& each : replicas) {
    list.push_back({{"tunnel", each.tunnel.to_string()},
                    {"instance", each.instance.to_string()},
                    {"version", each.version},
                    {"zone", each.zone.empty() ? ordered_json() : ordered_json(each.zone)},
                    {"weight", each.weight},
                    {"connections", each.connections},
                    {"usable", each.usable},
                    {"suspect", each.suspect},
                    {"draining", each.draining},
                    {"requests", each.requests}});
  }
  return list;
}

/// Times as seconds since 1970.
double unix_seconds(std::chrono::system_clock::time_point time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

ordered_json certificate_list(const std::vector<net::ExpiryWatch::Certificate>& certificates) {
  ordered_json list = ordered_json::array();
  for (const net::ExpiryWatch::Certificate& each : certificates)
    list.push_back({{"name", each.name},
                    {"not_after", unix_seconds(each.not_after)},
                    {"left_s", net::seconds_left(each)}});
  return list;
}

ordered_json reload_json(const options::ReloadOutcome& outcome) {
  return {{"time", unix_seconds(outcome.time)},
          {"ok", outcome.ok},
          {"changed", outcome.changed},
          {"restart", outcome.restart},
          {"problems", outcome.problems}};
}

std::size_t tunnels_without_agent(const EdgeFigures& figures) {
  std::set<Uuid> served;
  for (const Registry::TunnelFigures& each : figures.tunnels) {
    if (each.usable > 0) served.insert(each.tunnel);
  }
  std::size_t missing = 0;
  for (const Tunnel* tunnel : figures.snapshot->tunnels())
    missing += tunnel->deleted_at || tunnel->disabled || served.contains(tunnel->id) ? 0U : 1U;
  return missing;
}

}  // namespace

std::string replicas_json(const std::vector<Registry::Replica>& replicas) {
  return replica_list(replicas).dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string certificates_json(const std::vector<net::ExpiryWatch::Certificate>& certificates) {
  return certificate_list(certificates)
      .dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string listeners_json(const std::vector<std::string>& agents,
                           const std::vector<std::string>& clients) {
  ordered_json list(agents);
  for (const std::string& each : clients)
    list.push_back(each);
  return list.dump();
}

EdgeFigures StatusReport::figures() const {
  EdgeFigures figures = edge_.figures();
  figures.reloads_accepted = reloader_.accepted();
  figures.reloads_refused = reloader_.refused();
  figures.log_lines_dropped = sink_.dropped();
  return figures;
}

std::string StatusReport::metrics() const {
  return metrics_page(figures());
}

std::string StatusReport::status() const {
  const EdgeFigures figures = this->figures();
  const ProcessFigures process = process_figures();
  const auto reason = not_ready();
  const std::chrono::duration<double> up = LoopClock::now() - started_;
  std::uint64_t requests = 0;
  figures.traffic.for_each(
      [&](std::string_view, const Traffic& traffic) { requests += traffic.requests(); });
  std::size_t clients = 0;
  for (const EdgeFigures::ClientListener& each : figures.listeners)
    clients += each.connections;
  ordered_json page{{"version", OUTHAUL_VERSION},
                    {"name", figures.edge_name},
                    {"ready", !reason},
                    {"reason", reason.value_or("")},
                    {"draining", figures.draining},
                    {"log_level", to_string(log_.level())},
                    {"uptime_s", up.count()},
                    {"resident_bytes", process.resident_bytes},
                    {"memory_limit", figures.memory->limit()},
                    {"memory_promised", figures.memory->used()},
                    {"open_files", process.open_files},
                    {"open_files_maximum", process.open_files_maximum},
                    {"requests", requests},
                    {"client_connections", clients},
                    {"tunnels", tunnels_json(figures)},
                    {"replicas", replica_list(figures.replicas)},
                    {"certificates", certificate_list(figures.certificates)}};
  if (!figures.certificate_problem.empty()) {
    page["certificate_problem"] = figures.certificate_problem;
  }
  if (reloader_.last()) page["last_reload"] = reload_json(*reloader_.last());
  return page.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::optional<std::string> StatusReport::not_ready() const {
  const EdgeFigures figures = edge_.figures();
  if (figures.draining) return "draining: the edge was asked to end";
  // After a restart the agents are on their way back, and another edge has them meanwhile.
  if (LoopClock::now() - started_ < figures.ready_wait) {
    if (const std::size_t missing = tunnels_without_agent(figures); missing > 0) {
      return "just started: no agent yet for tunnels: " + std::to_string(missing);
    }
  }
  const std::string file = figures.directory_file.string();
  if (::access(file.c_str(), R_OK | W_OK) != 0) {
    return system_error(errno, "use the directory " + file).message;
  }
  return std::nullopt;
}

}  // namespace outhaul::edge
