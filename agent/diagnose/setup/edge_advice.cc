#include "agent/diagnose/setup/edge_advice.h"

namespace outhaul::agent::setup {

std::string advice_for_tcp(ErrorKind kind, const std::string& address) {
  switch (kind) {
    case ErrorKind::refused:
      return "nothing listens at " + address +
             ": look whether outhaul-edge runs and what its --agent-listen says, or correct --edge "
             "(edge in the configuration file)";
    case ErrorKind::timed_out:
      return "a firewall drops on the way, or the machine is down: allow outgoing TCP to " +
             address;
    case ErrorKind::unreachable:
      return "this machine has no route to " + address +
             ": look at ip route, or take the address out of the edge's name in DNS";
    default:
      return "look at the network between this machine and " + address;
  }
}

std::string advice_for_tls(const Error& error, const std::string& edge) {
  switch (error.kind) {
    case ErrorKind::tls_certificate:
      return "the edge was not taken for the right one: give the agent a new token, which carries "
             "the edge's pin, or name the CA with --edge-ca; when the edge is unchanged, something "
             "on the way answers in its place";
    case ErrorKind::tls_protocol:
      return edge +
             " does not speak the TLS of outhaul-edge: name the port of its --agent-listen, "
             "7844 as a rule; an inspecting proxy on the way looks the same";
    case ErrorKind::tls_alert:
      return "the edge refused the handshake: its log has an agent_refused line with the reason";
    case ErrorKind::timed_out:
      return "the port takes connections and says nothing: look whether " + edge +
             " is outhaul-edge, and at what inspects TLS on the way";
    default:
      return "the connection was cut in the handshake: look at the log of the edge, and at what "
             "inspects TLS on the way";
  }
}

std::string advice_for_setup(const SetupRefusal& refusal) {
  switch (refusal.action) {
    case RefusalAction::rejected:
      return "compare outhaul token inspect with outhaul-edge tunnel list at the edge: tunnel id "
             "and public key have to be there; else make a new token (outhaul-edge tunnel rotate)";
    case RefusalAction::slow:
      if (refusal.status == 426) return {};
      return "run outhaul-edge tunnel enable at the edge";
    case RefusalAction::deleted:
      return "run outhaul-edge tunnel create at the edge, and give this agent the new token";
    case RefusalAction::next_edge:
      return "the name that this agent uses has to be among the edge's --public-name";
    case RefusalAction::retry_after:
      return "the tunnel may have all the connections that the edge allows it "
             "(--connections-per-tunnel there): end agents that nobody needs, or try again later";
    case RefusalAction::back_off:
      break;
  }
  return "look at the log of the edge; it has an agent_refused line with the reason";
}

std::string advice_for_http2() {
  return "look at the log of the edge, and whether something on the way cuts connections";
}

}  // namespace outhaul::agent::setup
