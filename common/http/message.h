#pragma once

#include "common/base/pooled_text.h"
#include "common/http/fields.h"

namespace outhaul::http {

// Every member has an initializer, so that designated initializers may leave out any of them.

/// A request's control data and header fields, whatever version carried it (RFC 9110 section 6).
struct RequestHead {
  PooledText method = {};
  /// "http" or "https" as the client stated it; empty when unknown.
  PooledText scheme = {};
  /// host[:port]; for plain CONNECT the target. Empty when the message had none.
  PooledText authority = {};
  /// Path and query, byte for byte; empty for plain CONNECT.
  PooledText path = {};
  /// `:protocol` of an extended CONNECT (RFC 8441), else empty.
  PooledText protocol = {};
  /// Without host and without pseudo-fields.
  Fields fields = {};
};

/// A response's status and header fields. `status` is 100..599.
struct ResponseHead {
  int status = 0;
  Fields fields = {};
};

}  // namespace outhaul::http
