#pragma once

#include <string_view>

#include "common/base/access_log.h"
#include "common/base/error.h"
#include "common/http/body.h"
#include "common/tunnel/broken_response.h"

namespace outhaul::agent {

/// For the access line: what broke a response after its head was passed on. `down` is how its
/// content went.
inline std::string_view name_of_break(ErrorKind kind, const http::PumpEnd& down) {
  if (down.reader_failed) return to_string(tunnel::broken_response(kind));
  return down.timed_out ? client_stalled : cancelled_request;
}

}  // namespace outhaul::agent
