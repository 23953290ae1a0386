#include "agent/connections/connection_up.h"

#include <vector>

namespace outhaul::agent {

void log_connection_up(Log& log, const ConnectionUp& up) {
  std::vector<LogField> fields{
      {"edge", up.edge}, {"edge_name", up.edge_name}, {"connection", up.connection},
      {"slot", up.slot}, {"address", up.address},     {"setup_ms", up.setup_ms}};
  if (up.target != up.edge) fields.push_back({"target", up.target});
  if (!up.proxy.empty()) fields.push_back({"proxy", up.proxy});
  log.write(LogLevel::info, "connection_up", fields);
}

}  // namespace outhaul::agent
