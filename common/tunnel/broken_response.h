#pragma once

#include "common/base/error.h"
#include "common/tunnel/failure.h"

namespace outhaul::tunnel {

/// The name of what broke a response after its head was passed on, by the failure of the next hop.
/// No answer can tell it any more: it is for the access line.
ProxyError broken_response(ErrorKind kind);

}  // namespace outhaul::tunnel
