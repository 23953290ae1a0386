#pragma once

#include "common/base/log.h"

namespace outhaul {

/// Whether the descriptor is the connection to journald that JOURNAL_STREAM names
/// (systemd.exec(5)).
bool is_journal(int file_descriptor);

/// The priority of syslog(3): 3 error, 4 warn, 6 info, 7 debug and trace.
int syslog_priority(LogLevel level);

}  // namespace outhaul
