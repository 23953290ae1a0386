#pragma once

#include <string_view>

#include "common/base/result.h"
#include "common/tunnel/descriptor.h"
#include "edge/directory/model.h"

namespace outhaul::edge {

/// The descriptor of a request with URL scheme `scheme` ("http" or "https") for an http service.
/// The scheme picks http_port or https_port: 80 and 443 when neither is set, refused when only the
/// other one is. Error kind `invalid`: this request cannot be for this service; the message says
/// why and what to change.
Result<tunnel::Descriptor> describe_service(const Service& service, std::string_view scheme);

/// The descriptor of a CONNECT for a tcp service; with tls_settings it is TLS to the origin. Errors
/// as above.
Result<tunnel::Descriptor> describe_tcp_service(const Service& service);

}  // namespace outhaul::edge
