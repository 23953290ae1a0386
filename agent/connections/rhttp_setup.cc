#include "agent/connections/rhttp_setup.h"

#include <string>

namespace outhaul::agent {

Task<SetupEnd> RhttpSetup::set_up(net::TlsStream&, const tunnel::EdgeAddress&,
                                  tunnel::SessionRequest request) {
  SetupEnd end;
  tunnel::SessionResponse& session = end.session.emplace();
  session.version = request.version;
  // The edge gives no name; the slot tells the connections of one agent apart.
  session.connection_name = std::to_string(request.connection);
  session.ping = times_.ping;
  session.life = times_.life;
  co_return end;
}

}  // namespace outhaul::agent
