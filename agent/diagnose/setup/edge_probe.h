#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "agent/connections/connection_setup.h"
#include "agent/diagnose/setup/report.h"
#include "agent/reach/edge_route.h"
#include "common/async/loop.h"
#include "common/async/task.h"
#include "common/base/limits.h"
#include "common/base/uuid.h"
#include "common/net/dial_source.h"
#include "common/net/tls_context.h"

namespace outhaul::agent::setup {

/// What the probes of one check share. References outlive the probes.
struct ProbeContext {
  Loop& loop;
  /// Each stage may take Limits::setup_stage.
  const Limits& limits;
  ConnectionSetup& profile;
  std::shared_ptr<const net::TlsClientContext> tls;
  /// As EdgeDialOptions says.
  const net::DialSource* source = nullptr;
  std::shared_ptr<const net::TlsClientContext> proxy_tls;
  /// How the edge is authenticated, for people: "a pin of the token matches".
  std::string trust;
  /// Of this check alone: another agent's would take its connections away.
  Uuid instance;
  /// The first Date that an edge sent, and when it came.
  std::optional<std::chrono::system_clock::time_point> edge_time{};
  std::optional<std::chrono::system_clock::time_point> edge_time_read_at{};
};

/// Goes the way of a tunnel connection by exactly this route: TCP or the proxy, TLS, setup,
/// SETTINGS, one PING; then says GOAWAY and closes. The setup request carries `probe`, so that the
/// edge sends no request here; what an edge that does not know that sends all the same is refused
/// with REFUSED_STREAM, which it may try elsewhere. The references outlive the task.
Task<void> probe_edge(ProbeContext& context, EdgeRoute route, AddressReport& report);

/// The report of a route, with one address or a proxy, that was not looked at yet.
AddressReport unprobed(const EdgeRoute& route);

}  // namespace outhaul::agent::setup
