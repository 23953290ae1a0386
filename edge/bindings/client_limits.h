#pragma once

#include <chrono>
#include <cstddef>

namespace outhaul::edge {

/// Limits of what clients may hold at the edge's binding listeners, beside those of protocol.md
/// section 8. docs/limits.md has the whole list.
struct ClientLimits {
  /// Connections of one listener. One more takes the place of the one that has been idle longest,
  /// and is cut at once if none is.
  std::size_t connections = 4096;
  /// An HTTP/1.1 connection without a request, from its beginning or between two requests.
  std::chrono::seconds idle{60};
  /// An HTTP/2 connection without a request.
  std::chrono::seconds http2_idle{300};
};

}  // namespace outhaul::edge
