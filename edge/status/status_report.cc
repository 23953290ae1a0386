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
                    {"requests", each.figures.requests},
                    {"held", each.figures.held}});
  }
  return list;
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

std::string StatusReport::metrics() const {
  return metrics_page(edge_.figures());
}

std::string StatusReport::status() const {
  const EdgeFigures figures = edge_.figures();
  const ProcessFigures process = process_figures();
  const auto reason = not_ready();
  const std::chrono::duration<double> up = LoopClock::now() - started_;
  std::uint64_t requests = 0;
  figures.traffic.for_each(
      [&](std::string_view, const Traffic& traffic) { requests += traffic.requests(); });
  std::size_t clients = 0;
  for (const EdgeFigures::ClientListener& each : figures.listeners)
    clients += each.connections;
  const ordered_json page{{"version", OUTHAUL_VERSION},
                          {"name", figures.edge_name},
                          {"ready", !reason},
                          {"reason", reason.value_or("")},
                          {"draining", figures.draining},
                          {"log_level", to_string(log_.level())},
                          {"uptime_s", up.count()},
                          {"resident_bytes", process.resident_bytes},
                          {"open_files", process.open_files},
                          {"open_files_maximum", process.open_files_maximum},
                          {"requests", requests},
                          {"client_connections", clients},
                          {"tunnels", tunnels_json(figures)}};
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
