#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string_view>

#include "common/base/log.h"
#include "common/base/pooled_text.h"

namespace outhaul {

/// A text value is cut after so many bytes, with "..." in place of the rest.
inline constexpr std::size_t log_value_size_maximum = 2048;

/// One event as one line, without the line end.
///   human: 2026-01-02T03:04:05.678Z INFO  connection_up edge=fra3 conn=0
///   json:  {"time":"2026-01-02T03:04:05.678Z","level":"info","event":"connection_up",...}
PooledText format_log_line(LogStyle style, std::chrono::system_clock::time_point time,
                           LogLevel level, std::string_view event,
                           std::span<const LogField> fields);

/// RFC 3339, UTC, milliseconds.
PooledText format_time(std::chrono::system_clock::time_point time);

}  // namespace outhaul
