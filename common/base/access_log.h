#pragma once

#include <cstdint>
#include <string_view>

namespace outhaul {

/// Which requests get an access line.
enum class AccessLines : std::uint8_t { all, failures, none };

/// What the access log holds. Access lines have the level `info` whatever they tell.
struct AccessLogRules {
  AccessLines lines = AccessLines::all;
  /// One in so many of the requests that did not fail; at least 1.
  std::uint32_t sample = 1;
  /// Whether a logged path has its query, which may hold what its owner calls a secret.
  bool with_query = false;
};

/// In place of an error type: the request was given up before its end, by a reset, the loss of its
/// connection or the end of this program.
inline constexpr std::string_view cancelled_request = "cancelled";
/// The client's side took no byte of a response for too long.
inline constexpr std::string_view client_stalled = "client_stalled";

/// Whether a request gets its line. A failure is a status of 500 or more, none at all, or an error
/// of the program's own. Which requests are in the sample follows from their ids alone, so that
/// agent and edge pick the same ones where they sample alike.
bool has_access_line(const AccessLogRules& rules, std::string_view request_id, int status,
                     bool has_error);

/// What of a request's path is logged.
std::string_view logged_path(const AccessLogRules& rules, std::string_view path);

}  // namespace outhaul
