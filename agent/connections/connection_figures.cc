#include "agent/connections/connection_figures.h"

#include "agent/connections/edge_connection.h"

namespace outhaul::agent {

namespace {

std::string_view reason_of(const ConnectionEnd& end) {
  if (end.closed_as_usual) return "closed";
  if (end.served > Duration::zero()) return "lost";
  if (!end.refusal) return "failed";
  switch (end.refusal->action) {
    case RefusalAction::retry_after:
      return "deferred";
    case RefusalAction::slow:
      return "disabled";
    case RefusalAction::deleted:
      return "deleted";
    case RefusalAction::rejected:
      return "rejected";
    case RefusalAction::back_off:
    case RefusalAction::next_edge:
      break;
  }
  return "refused";
}

}  // namespace

std::string_view to_string(ConnectionState state) {
  switch (state) {
    case ConnectionState::waiting:
      return "waiting";
    case ConnectionState::connecting:
      return "connecting";
    case ConnectionState::serving:
      return "serving";
    case ConnectionState::draining:
      break;
  }
  return "draining";
}

void ConnectionCounters::add(const ConnectionEnd& end) {
  const std::string_view reason = reason_of(end);
  for (std::size_t i = 0; i < reasons.size(); ++i) {
    if (reasons[i] == reason) ++ends[i];
  }
}

}  // namespace outhaul::agent
