#pragma once

#include <cstdint>
#include <string_view>

#include "common/base/result.h"
#include "common/http/fields.h"
#include "common/http/h1_start_line.h"
#include "common/http/syntax.h"

namespace outhaul::http {

enum class BodyKind : std::uint8_t {
  none,            ///< no body, whatever the fields say
  content_length,  ///< exactly `length` bytes, maybe 0
  chunked,
  until_close,  ///< a response that ends with the connection
};

/// How the body of one HTTP/1.1 message is delimited (RFC 9112 section 6.3).
struct Framing {
  BodyKind kind = BodyKind::none;
  std::uint64_t length = 0;
  /// The connection carries no further message, whatever keep_alive() says.
  bool must_close = false;
};

/// Errors are ErrorKind::invalid; answer 400 and close. Refused are: Transfer-Encoding together
/// with Content-Length, in HTTP/1.0, or other than exactly one `chunked`; a second Content-Length
/// line or a list, equal or not; a number with anything but digits; any body of CONNECT.
Result<Framing> request_framing(std::string_view method, H1Version version, const Fields& fields);

/// `request_method` is that of the request being answered. Errors are ErrorKind::protocol; answer
/// 502 and close. The same refusals as above, also where the message has no body. A 2xx answer to
/// CONNECT ignores both fields (RFC 9110 section 9.3.6).
Result<Framing> response_framing(std::string_view request_method, H1Version version, int status,
                                 const Fields& fields);

/// Whether the sender keeps the connection (RFC 9112 section 9.3): `close` wins over everything,
/// then HTTP/1.1 or `keep-alive`. A malformed Connection field counts as `close`.
bool keep_alive(H1Version version, const Fields& fields);

/// Calls `visit(option)` for all members of all Connection lines: views into `fields`, in the case
/// they came in.
template <typename Visit>
void for_each_connection_option(const Fields& fields, Visit visit) {
  if (!fields.may_have(field_traits::hop_by_hop)) return;
  for (const Field field : fields) {
    if (field.has(field_traits::hop_by_hop) && field.name == "connection") {
      for_each_member(field.value, visit);
    }
  }
}

}  // namespace outhaul::http
