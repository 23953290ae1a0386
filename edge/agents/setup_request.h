#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/uuid.h"
#include "common/http/h1_start_line.h"
#include "common/http/message.h"
#include "common/tunnel/concealed_authentication.h"
#include "common/tunnel/session_fields.h"
#include "edge/directory/snapshot.h"

namespace outhaul::edge {

/// What an edge tells its agents, and by which names it may be asked for.
struct SetupRules {
  /// Accepted in Host.
  std::vector<tunnel::HostAndPort> public_names;
  std::string edge_name;
  std::chrono::seconds ping{20};
  std::chrono::seconds life{86400};
  /// Whether the tunnel may have one more connection; null: always.
  std::function<bool(const Uuid& tunnel)> has_room = {};
};

/// An agent that has shown that it holds a tunnel's secret.
struct AcceptedAgent {
  Uuid tunnel_id;
  /// The key that it used: the connection ends when the tunnel loses it.
  PublicKey key{};
  tunnel::SessionRequest session;
  /// This edge's name of the connection.
  std::string connection_name;
};

/// A setup request as it was read.
struct SetupRequest {
  http::RequestHead head;
  http::TargetForm form = http::TargetForm::origin;
  http::H1Version version = http::H1Version::http11;
  /// The head could not be parsed; everything above is empty then.
  bool malformed = false;
  /// Bytes followed the head.
  bool extra_bytes = false;
};

/// The edge's verdict on a setup request (protocol.md section 2.1).
struct SetupVerdict {
  /// 101 when `agent` is set.
  int status = 404;
  std::optional<AcceptedAgent> agent;
  /// For this edge's log only.
  std::string reason;
};

/// Judges a request. Before authentication succeeded there is only 404, after the same work, for
/// whatever is wrong. After it: 410 deleted, 403 disabled, 421 foreign Host, 426 another protocol
/// or version, 503 no room for one more connection of the tunnel, 400 for the rest.
SetupVerdict judge_setup(const SetupRequest& request, const tunnel::Exporter& exporter,
                         const SetupRules& rules, const Snapshot& snapshot);

/// The answer as text: the whole 101, or a refusal that closes the connection.
std::string setup_answer(const SetupVerdict& verdict, const SetupRules& rules);

}  // namespace outhaul::edge
