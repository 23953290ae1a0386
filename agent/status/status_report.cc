#include "agent/status/status_report.h"

#include <chrono>

#include <nlohmann/json.hpp>

#include "agent/status/metrics_page.h"
#include "common/base/process_figures.h"

namespace outhaul::agent {

namespace {

using nlohmann::ordered_json;

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

ordered_json connections_json(const AgentFigures& figures) {
  ordered_json list = ordered_json::array();
  for (const ConnectionFigures& each : figures.loops.connections) {
    ordered_json item{{"slot", each.slot}, {"state", to_string(each.state)}};
    if (!each.edge.empty()) item["edge"] = each.edge;
    if (!each.address.empty()) item["address"] = each.address;
    if (!each.proxy.empty()) item["proxy"] = each.proxy;
    if (!each.name.empty()) item["name"] = each.name;
    if (each.round_trip) item["rtt_ms"] = static_cast<double>(each.round_trip->count()) / 1000;
    item["serving_for_s"] = seconds(each.serving_for);
    item["active"] = each.active_requests;
    item["requests"] = each.requests;
    item["bytes_received"] = each.bytes_received;
    item["bytes_sent"] = each.bytes_sent;
    item["stalls"] = each.stalls;
    item["connection_window"] = each.connection_window;
    item["stream_window"] = each.stream_window;
    list.push_back(std::move(item));
  }
  return list;
}

ordered_json services_json(const TrafficTable& table) {
  ordered_json list = ordered_json::array();
  table.for_each([&](std::string_view service, const Traffic& traffic) {
    ordered_json statuses = ordered_json::object();
    for (std::size_t i = 0; i < traffic.statuses.size(); ++i)
      statuses[std::string(status_class_name(i))] = traffic.statuses[i];
    ordered_json errors = ordered_json::object();
    for (const auto& [error, count] : traffic.errors)
      errors[error] = count;
    list.push_back({{"service", service},
                    {"active", traffic.active},
                    {"requests", traffic.requests()},
                    {"statuses", std::move(statuses)},
                    {"errors", std::move(errors)},
                    {"bytes_up", traffic.bytes_up},
                    {"bytes_down", traffic.bytes_down}});
  });
  return list;
}

/// Times as seconds since 1970.
ordered_json certificates_json(const AgentFigures& figures) {
  ordered_json list = ordered_json::array();
  for (const net::ExpiryWatch::Certificate& each : figures.certificates) {
    const std::chrono::duration<double> end = each.not_after.time_since_epoch();
    list.push_back(
        {{"name", each.name}, {"not_after", end.count()}, {"left_s", net::seconds_left(each)}});
  }
  return list;
}

ordered_json reload_json(const options::ReloadOutcome& outcome) {
  const std::chrono::duration<double> time = outcome.time.time_since_epoch();
  return {{"time", time.count()},
          {"ok", outcome.ok},
          {"changed", outcome.changed},
          {"restart", outcome.restart},
          {"problems", outcome.problems}};
}

}  // namespace

AgentFigures StatusReport::figures() const {
  AgentFigures figures = agent_.figures();
  figures.reloads_accepted = reloader_.accepted();
  figures.reloads_refused = reloader_.refused();
  figures.log_lines_dropped = sink_.dropped();
  return figures;
}

std::string StatusReport::metrics() const {
  return metrics_page(figures());
}

std::string StatusReport::status() const {
  const AgentFigures figures = this->figures();
  const ProcessFigures process = process_figures();
  const auto reason = not_ready();
  ordered_json page{{"version", OUTHAUL_VERSION},
                    {"tunnel", tunnel_id_.to_string()},
                    {"ready", !reason},
                    {"reason", reason.value_or("")},
                    {"draining", figures.draining},
                    {"log_level", to_string(log_.level())},
                    {"uptime_s", seconds(LoopClock::now() - started_)},
                    {"resident_bytes", process.resident_bytes},
                    {"memory_limit", figures.memory.limit()},
                    {"memory_promised", figures.memory.used()},
                    {"open_files", process.open_files},
                    {"open_files_maximum", process.open_files_maximum},
                    {"connections", connections_json(figures)},
                    {"services", services_json(figures.loops.traffic)},
                    {"certificates", certificates_json(figures)}};
  if (!credentials_.problem().empty()) page["credentials_problem"] = credentials_.problem();
  if (reloader_.last()) page["last_reload"] = reload_json(*reloader_.last());
  // Names come from edges: what is no UTF-8 must not end the program.
  return page.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::optional<std::string> StatusReport::not_ready() const {
  if (agent_.draining()) return "draining: the agent was asked to end";
  if (agent_.connections_serving() > 0) return std::nullopt;
  return "no connection to an edge serves, of " + std::to_string(agent_.connections_wanted());
}

}  // namespace outhaul::agent
