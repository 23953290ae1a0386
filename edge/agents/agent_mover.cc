#include "edge/agents/agent_mover.h"

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "common/async/timed_wait.h"
#include "common/base/bytes.h"
#include "common/tunnel/ptth_names.h"

namespace outhaul::edge {

namespace {

http::RequestHead drain_request() {
  http::RequestHead head;
  head.method = "POST";
  head.scheme = "https";
  head.authority = "agent";
  head.path = std::string(tunnel::control_path_prefix) + "drain";
  head.fields.add(tunnel::control_field, tunnel::field_true);
  return head;
}

/// The body: for how many seconds the edge waits.
std::string deadline_text(Duration limit) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(limit).count());
}

}  // namespace

Task<void> AgentMover::move_all(Duration limit) {
  for (const Uuid& tunnel : registry_.tunnels())
    tunnels_.spawn(move_tunnel(tunnel, limit));
  co_await tunnels_.drained();
}

Task<void> AgentMover::move_tunnel(Uuid tunnel, Duration limit) {
  const std::vector<std::string> names = registry_.usable_connections(tunnel);
  for (const std::string& name : names) {
    const std::string outcome = co_await move_connection(tunnel, name, limit);
    log_.info("agent_asked_to_leave",
              {{"tunnel", tunnel.to_string()}, {"connection", name}, {"outcome", outcome}});
  }
}

Task<std::string> AgentMover::move_connection(Uuid tunnel, std::string connection, Duration limit) {
  const TimePoint deadline = loop_.now() + limit;
  const auto opened = registry_.open_on(tunnel, connection, drain_request(), true);
  if (!opened) co_return opened.error().message;
  TunnelStream& stream = **opened;
  const std::string body = deadline_text(limit);
  if (stream.writer().write(as_bytes(body)) == body.size()) stream.writer().finish({});
  for (;;) {
    const auto head = stream.take_head();
    if (head && head->status == 204) co_return "moved";
    if (head && head->status >= 200) {
      co_return "the agent has no other edge to go to (" + std::to_string(head->status) + ")";
    }
    if (head) continue;
    if (stream.failed()) co_return stream.failure().message;
    const Duration left = deadline - loop_.now();
    if (left <= Duration::zero()) co_return "the agent did not answer in time";
    co_await wait_for(loop_, stream.head_readable(), left);
  }
}

}  // namespace outhaul::edge
