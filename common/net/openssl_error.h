#pragma once

#include <string>
#include <string_view>

#include "common/base/error.h"

namespace outhaul::net {

/// The reason of the oldest error in this thread's OpenSSL queue ("no start line"), or `fallback`
/// when it is empty. Empties the queue.
std::string take_openssl_reason(std::string_view fallback);

/// Error kind `invalid`, "<doing>: <reason>"; empties the queue.
Error openssl_error(std::string_view doing);

}  // namespace outhaul::net
