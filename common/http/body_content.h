#pragma once

#include "common/http/body.h"

namespace outhaul::http {

/// Whether a message carries more than its head: content that is there or may come, or trailers.
/// An HTTP/2 stream can have ended before anybody has read what it brought.
inline bool carries_content(BodyReader& body) {
  return !body.peek().empty() || body.state() != BodyState::complete || !body.trailers().empty();
}

}  // namespace outhaul::http
