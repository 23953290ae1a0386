#pragma once

#include <array>

#include "common/base/metrics_text.h"
#include "common/base/standard_metrics.h"

/// The edge's metrics. docs/metrics.md is made from this table.
namespace outhaul::edge::metrics {

using Type = MetricType;

inline constexpr RequestFamilies requests{
    .requests = {"outhaul_edge_requests_total", Type::counter, "service, status",
                 "Requests of clients that ended, by name of the service and class of the status; "
                 "service `none` for those that named none that exists"},
    .errors = {"outhaul_edge_request_errors_total", Type::counter, "service, error",
               "Requests that ended with an error: a type of RFC 9209, or how the exchange broke "
               "off"},
    .active = {"outhaul_edge_requests_active", Type::gauge, "service", "Requests under way"},
    .bytes = {"outhaul_edge_request_bytes_total", Type::counter, "service, direction",
              "Bytes of content of requests that ended, `up` from the client and `down` to it"},
    .first_byte = {"outhaul_edge_request_first_byte_seconds", Type::histogram, "service",
                   "From the arrival of a request to the head of the response"},
    .duration = {"outhaul_edge_request_duration_seconds", Type::histogram, "service",
                 "From the arrival of a request to its end; of tunnels and WebSockets, how long "
                 "they were open"}};

inline constexpr MetricFamily build_info{"outhaul_edge_build_info", Type::gauge,
                                         "version, openssl, compiler", "1: what this program is"};
inline constexpr MetricFamily retries{"outhaul_edge_request_retries_total", Type::counter,
                                      "service", "Requests that were sent to an agent again"};
inline constexpr MetricFamily draining{"outhaul_edge_draining", Type::gauge, "",
                                       "1 once the edge was asked to end"};
inline constexpr MetricFamily agents{"outhaul_edge_agent_connections", Type::gauge, "tunnel",
                                     "Connections of the tunnel's agents that take requests"};
inline constexpr MetricFamily replicas{"outhaul_edge_replicas", Type::gauge, "tunnel",
                                       "Agents of the tunnel that are connected"};
inline constexpr MetricFamily suspect{
    "outhaul_edge_agent_connections_suspect", Type::gauge, "tunnel",
    "Connections that were sent a request and a PING and gave no sign of life"};
inline constexpr MetricFamily certificate_expires{
    "outhaul_edge_certificate_expires_seconds", Type::gauge, "certificate",
    "Until the certificate that agents see ends; negative afterwards"};
inline constexpr MetricFamily reloads{
    "outhaul_edge_config_reloads_total", Type::counter, "outcome",
    "Reloads of the configuration: accepted, or refused for its mistakes"};
inline constexpr MetricFamily agent_requests{"outhaul_edge_agent_requests_active", Type::gauge,
                                             "tunnel", "Requests under way on them"};
inline constexpr MetricFamily held{"outhaul_edge_requests_held", Type::gauge, "tunnel",
                                   "Requests that wait for an agent to connect"};
inline constexpr MetricFamily half_open{"outhaul_edge_agents_half_open", Type::gauge, "",
                                        "Connections that have not proved to be an agent's yet"};
inline constexpr MetricFamily client_connections{"outhaul_edge_client_connections", Type::gauge,
                                                 "listener", "Connections of clients"};
inline constexpr MetricFamily clients_cut{
    "outhaul_edge_clients_cut_for_resets_total", Type::counter, "",
    "HTTP/2 connections of clients that were ended because of too many resets"};

inline constexpr MetricFamily log_lines_dropped{
    "outhaul_edge_log_lines_dropped_total", Type::counter, "",
    "Log lines that were dropped because nobody read them fast enough"};
inline constexpr MemoryFamilies memory{
    .limit = {"outhaul_edge_memory_limit_bytes", Type::gauge, "", "--memory-limit"},
    .used = {"outhaul_edge_memory_promised_bytes", Type::gauge, "",
             "What of it is promised to requests and to windows that grew"},
    .refused = {"outhaul_edge_memory_refusals_total", Type::counter, "for",
                "What it was used up for: `request`, answered 503, or `window`, not grown"}};

inline constexpr std::array own_families{requests.requests,
                                         requests.errors,
                                         requests.active,
                                         requests.bytes,
                                         requests.first_byte,
                                         requests.duration,
                                         build_info,
                                         retries,
                                         draining,
                                         reloads,
                                         certificate_expires,
                                         agents,
                                         replicas,
                                         suspect,
                                         agent_requests,
                                         held,
                                         half_open,
                                         client_connections,
                                         clients_cut,
                                         log_lines_dropped,
                                         memory.limit,
                                         memory.used,
                                         memory.refused};

}  // namespace outhaul::edge::metrics
