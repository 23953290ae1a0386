#pragma once

#include <array>
#include <span>

#include "common/base/metrics_text.h"
#include "common/base/standard_metrics.h"

/// The agent's metrics. docs/metrics.md is made from this table.
namespace outhaul::agent::metrics {

using Type = MetricType;

inline constexpr RequestFamilies requests{
    .requests = {"outhaul_requests_total", Type::counter, "service, status",
                 "Requests that ended, by service id and class of the status; `none` for a request "
                 "without an answer"},
    .errors = {"outhaul_request_errors_total", Type::counter, "service, error",
               "Requests that ended with an error: a type of RFC 9209, or how the exchange broke "
               "off"},
    .active = {"outhaul_requests_active", Type::gauge, "service", "Requests under way"},
    .bytes = {"outhaul_request_bytes_total", Type::counter, "service, direction",
              "Bytes of content of requests that ended, `up` to the service and `down` from it"},
    .first_byte = {"outhaul_request_first_byte_seconds", Type::histogram, "service",
                   "From the arrival of a request to the head of the service's response"},
    .duration = {"outhaul_request_duration_seconds", Type::histogram, "service",
                 "From the arrival of a request to its end; of tunnels and WebSockets, how long "
                 "they were open"}};

inline constexpr MetricFamily build_info{"outhaul_build_info", Type::gauge,
                                         "version, openssl, compiler", "1: what this program is"};
inline constexpr MetricFamily connections_wanted{"outhaul_connections_wanted", Type::gauge, "",
                                                 "Connections to edges that the agent keeps"};
inline constexpr MetricFamily connections_serving{"outhaul_connections_serving", Type::gauge, "",
                                                  "Connections that serve"};
inline constexpr MetricFamily draining{"outhaul_draining", Type::gauge, "",
                                       "1 once the agent was asked to end"};
inline constexpr MetricFamily connection_state{
    "outhaul_connection_state", Type::gauge, "slot, state",
    "1 for the state of the slot's connection: waiting, connecting, serving or draining"};
inline constexpr MetricFamily connection_info{
    "outhaul_connection_info", Type::gauge, "slot, edge, address",
    "1, of a slot with a connection: the edge and its address"};
inline constexpr MetricFamily connection_rtt{
    "outhaul_connection_rtt_seconds", Type::gauge, "slot",
    "The kernel's estimate of the round trip to the edge (TCP_INFO)"};
inline constexpr MetricFamily connection_requests_active{
    "outhaul_connection_requests_active", Type::gauge, "slot", "Requests under way on it"};
inline constexpr MetricFamily connection_requests{
    "outhaul_connection_requests_total", Type::counter, "slot",
    "Requests that came by the slot's present connection"};
inline constexpr MetricFamily connection_bytes{
    "outhaul_connection_bytes_total", Type::counter, "slot, direction",
    "HTTP/2 bytes of the slot's present connection, `received` and `sent`"};
inline constexpr MetricFamily connection_windows{
    "outhaul_connection_window_bytes", Type::gauge, "slot, window",
    "Receive windows of the slot's present connection: `connection`, and the largest `stream`"};
inline constexpr MetricFamily connection_stalls{
    "outhaul_connection_stalls_total", Type::counter, "slot",
    "Times that an answer on it stood because the edge's window for its stream was used up"};
inline constexpr MetricFamily connections_established{
    "outhaul_connections_established_total", Type::counter, "", "Connections that began to serve"};
inline constexpr MetricFamily connection_ends{
    "outhaul_connection_ends_total", Type::counter, "reason",
    "Connections that ended or did not come about: lost (had served), closed (idle, by HAProxy), "
    "failed (not reached), "
    "deferred, disabled, deleted, rejected, refused"};

inline constexpr MetricFamily reloads{
    "outhaul_config_reloads_total", Type::counter, "outcome",
    "Reloads of the configuration: accepted, or refused for its mistakes"};

inline constexpr MetricFamily log_lines_dropped{
    "outhaul_log_lines_dropped_total", Type::counter, "",
    "Log lines that were dropped because nobody read them fast enough"};
inline constexpr MetricFamily certificate_expires{
    "outhaul_certificate_expires_seconds", Type::gauge, "certificate",
    "Until a certificate ends, negative afterwards: those that edges show, and the agent's own"};
inline constexpr MemoryFamilies memory{
    .limit = {"outhaul_memory_limit_bytes", Type::gauge, "", "--memory-limit"},
    .used = {"outhaul_memory_promised_bytes", Type::gauge, "",
             "What of it is promised to requests and to windows that grew"},
    .refused = {"outhaul_memory_refusals_total", Type::counter, "for",
                "What it was used up for: `request`, answered 503, or `window`, not grown"}};

inline constexpr MetricFamily origin_connections{
    "outhaul_origin_connections", Type::gauge, "state",
    "Connections to services: active with a request or being dialled, idle"};
inline constexpr MetricFamily origin_http2_connections{
    "outhaul_origin_http2_connections", Type::gauge, "", "Those of them that are HTTP/2"};
inline constexpr MetricFamily origin_http2_requests{"outhaul_origin_http2_requests_active",
                                                    Type::gauge, "", "Requests on those"};
inline constexpr MetricFamily origin_opened{"outhaul_origin_connections_opened_total",
                                            Type::counter, "", "Connections that were opened"};
inline constexpr MetricFamily origin_reused{"outhaul_origin_connections_reused_total",
                                            Type::counter, "", "Requests that found a connection"};
inline constexpr MetricFamily origin_request_retries{
    "outhaul_origin_request_retries_total", Type::counter, "",
    "Requests that were sent again because a connection ended or refused them"};
inline constexpr MetricFamily origin_limited{
    "outhaul_origin_requests_refused_total", Type::counter, "reason",
    "Requests answered 503: `cap` of connections reached, or `circuit` of the address open"};
inline constexpr MetricFamily origin_circuits{"outhaul_origin_circuits_open", Type::gauge, "",
                                              "Addresses of services whose circuit is open"};
inline constexpr MetricFamily origin_dials{
    "outhaul_origin_dials_total", Type::counter, "outcome",
    "Addresses of services that were dialled: connected, refused, unreachable or silent"};
inline constexpr MetricFamily origin_failed{"outhaul_origin_addresses_failed", Type::gauge, "",
                                            "Addresses of services that failed last time"};
inline constexpr MetricFamily origin_retries{"outhaul_origin_address_retries_total", Type::counter,
                                             "", "Failed addresses that were looked after again"};
inline constexpr MetricFamily origin_recoveries{"outhaul_origin_address_recoveries_total",
                                                Type::counter, "", "Those that were back"};

inline constexpr MetricFamily policy_refusals{
    "outhaul_policy_refusals_total", Type::counter, "kind",
    "Targets and addresses that the policy refused, by kind of rule"};
inline constexpr MetricFamily policy_dry_run{
    "outhaul_policy_dry_run_refusals_total", Type::counter, "kind",
    "What the policy would have refused without --policy-dry-run"};

inline constexpr MetricFamily dns_fetches{
    "outhaul_dns_fetches_total", Type::counter, "servers",
    "Questions that were sent, each once however many tries it took"};
inline constexpr MetricFamily dns_answers{
    "outhaul_dns_answers_total", Type::counter, "servers, answer",
    "Their ends: records, no_name, no_address, failure or silence"};
inline constexpr MetricFamily dns_cache_hits{"outhaul_dns_cache_hits_total", Type::counter,
                                             "servers", "Questions answered from the cache"};
inline constexpr MetricFamily dns_cache_misses{"outhaul_dns_cache_misses_total", Type::counter,
                                               "servers",
                                               "Questions that the cache did not answer"};
inline constexpr MetricFamily dns_cache_entries{"outhaul_dns_cache_entries", Type::gauge, "servers",
                                                "Answers in the cache"};
inline constexpr MetricFamily dns_evictions{"outhaul_dns_cache_evictions_total", Type::counter,
                                            "servers", "Answers dropped for want of room"};
inline constexpr MetricFamily dns_coalesced{"outhaul_dns_coalesced_total", Type::counter, "servers",
                                            "Questions that joined one that was under way"};
inline constexpr MetricFamily dns_refreshes{"outhaul_dns_refreshes_total", Type::counter, "servers",
                                            "Names asked again before their end"};
inline constexpr MetricFamily dns_stale{"outhaul_dns_stale_answers_total", Type::counter, "servers",
                                        "Expired answers used in place of a failure"};
inline constexpr MetricFamily dns_overflows{"outhaul_dns_overflows_total", Type::counter, "servers",
                                            "Questions refused because too many were under way"};
inline constexpr MetricFamily dns_seconds{"outhaul_dns_fetch_seconds", Type::histogram, "servers",
                                          "How long the questions that were sent took"};
inline constexpr MetricFamily dns_server_queries{"outhaul_dns_server_queries_total", Type::counter,
                                                 "servers, server", "Tries at one server"};
inline constexpr MetricFamily dns_server_results{
    "outhaul_dns_server_results_total", Type::counter, "servers, server, result",
    "What became of them: answer, timeout, unreachable; and failure, an answer of no use"};

inline constexpr std::array own_families{requests.requests,
                                         requests.errors,
                                         requests.active,
                                         requests.bytes,
                                         requests.first_byte,
                                         requests.duration,
                                         reloads,
                                         log_lines_dropped,
                                         certificate_expires,
                                         build_info,
                                         connections_wanted,
                                         connections_serving,
                                         draining,
                                         connection_state,
                                         connection_info,
                                         connection_rtt,
                                         connection_requests_active,
                                         connection_requests,
                                         connection_bytes,
                                         connection_windows,
                                         connection_stalls,
                                         connections_established,
                                         connection_ends,
                                         memory.limit,
                                         memory.used,
                                         memory.refused,
                                         origin_connections,
                                         origin_http2_connections,
                                         origin_http2_requests,
                                         origin_opened,
                                         origin_reused,
                                         origin_request_retries,
                                         origin_limited,
                                         origin_circuits,
                                         origin_dials,
                                         origin_failed,
                                         origin_retries,
                                         origin_recoveries,
                                         policy_refusals,
                                         policy_dry_run,
                                         dns_fetches,
                                         dns_answers,
                                         dns_cache_hits,
                                         dns_cache_misses,
                                         dns_cache_entries,
                                         dns_evictions,
                                         dns_coalesced,
                                         dns_refreshes,
                                         dns_stale,
                                         dns_overflows,
                                         dns_seconds,
                                         dns_server_queries,
                                         dns_server_results};

}  // namespace outhaul::agent::metrics
