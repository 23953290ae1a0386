#include "agent/settings/service_settings.h"

namespace outhaul::agent {

ServiceSettings::ServiceSettings(const Limits& limits)
    : connect_timeout(limits.origin_connect),
      tls_timeout(limits.origin_tls),
      first_byte_timeout(limits.origin_first_byte),
      idle_timeout(limits.origin_idle_read),
      upload_stall_timeout(limits.upload_stall),
      tcp_idle(limits.tcp_idle),
      requests(limits.streams_per_agent),
      tcp_streams(limits.connect_per_service),
      connections(limits.streams_per_agent),
      // A batch of answers comes back in one turn: what is closed then is dialled again in the next
      // (measured: 65.9 instead of 24.2 us of CPU a request at 4 x 100 streams with 64 a service).
      keep_alive_connections(limits.streams_per_agent) {}

}  // namespace outhaul::agent
