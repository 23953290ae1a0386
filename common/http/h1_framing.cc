#include "common/http/h1_framing.h"

#include <optional>
#include <string>
#include <utility>

#include "common/http/syntax.h"

namespace outhaul::http {
namespace {

/// What the two framing fields say, before method and status are looked at.
Result<Framing> declared_framing(H1Version version, const Fields& fields, ErrorKind kind) {
  std::optional<std::string_view> content_length;
  std::optional<std::string_view> transfer_encoding;
  constexpr FieldTraits framing = field_traits::restricted | field_traits::hop_by_hop;
  for (const Field field : fields) {
    if (!field.has(framing)) continue;
    if (field.name == "content-length") {
      if (content_length) return Error{kind, "content-length comes twice: send one value"};
      content_length = field.value;
    } else if (field.name == "transfer-encoding") {
      if (transfer_encoding) return Error{kind, "transfer-encoding comes twice: send one chunked"};
      transfer_encoding = field.value;
    }
  }
  if (transfer_encoding) {
    // Two rules for one body is how requests are smuggled; nobody has a reason to send both.
    if (content_length) {
      return Error{kind, "transfer-encoding and content-length together: send one of them"};
    }
    if (version == H1Version::http10) {
      return Error{kind, "transfer-encoding in HTTP/1.0: send content-length"};
    }
    if (!equals_ignoring_case(*transfer_encoding, "chunked")) {
      return Error{kind, "transfer-encoding is not exactly chunked"};
    }
    return Framing{.kind = BodyKind::chunked};
  }
  if (content_length) {
    const std::optional<std::uint64_t> length = parse_decimal(*content_length);
    if (!length) return Error{kind, "content-length is not one decimal number below 2^63"};
    return Framing{.kind = BodyKind::content_length, .length = *length};
  }
  return Framing{.kind = BodyKind::none};
}

}  // namespace

Result<Framing> request_framing(std::string_view method, H1Version version, const Fields& fields) {
  const Result<Framing> declared = declared_framing(version, fields, ErrorKind::invalid);
  if (!declared || method != "CONNECT") return declared;
  // What follows the head of a CONNECT is the tunnel. Some old clients say `content-length: 0`.
  const bool empty = declared->kind == BodyKind::none ||
                     (declared->kind == BodyKind::content_length && declared->length == 0);
  if (!empty) return Error{ErrorKind::invalid, "CONNECT: a request body is not allowed"};
  return Framing{.kind = BodyKind::none};
}

Result<Framing> response_framing(std::string_view request_method, H1Version version, int status,
                                 const Fields& fields) {
  if (request_method == "CONNECT" && status >= 200 && status < 300) return Framing{};
  const Result<Framing> declared = declared_framing(version, fields, ErrorKind::protocol);
  if (!declared) return declared;
  const bool never_has_body = status < 200 || status == 204;
  if (never_has_body) {
    // A server that frames what cannot have a body may also send it; do not read on behind it.
    const bool body_announced = declared->kind == BodyKind::chunked || declared->length > 0;
    return Framing{.kind = BodyKind::none, .must_close = body_announced};
  }
  // Here the fields describe what a GET would have been sent.
  if (request_method == "HEAD" || status == 304) return Framing{};
  if (declared->kind == BodyKind::none) {
    return Framing{.kind = BodyKind::until_close, .must_close = true};
  }
  return declared;
}

bool keep_alive(H1Version version, const Fields& fields) {
  bool close = false;
  bool keep = version == H1Version::http11;
  for_each_connection_option(fields, [&](std::string_view option) {
    if (equals_ignoring_case(option, "close")) close = true;
    if (equals_ignoring_case(option, "keep-alive")) {
      keep = true;
    } else if (!option.empty() && !is_token(option)) {
      close = true;
    }
  });
  return keep && !close;
}

}  // namespace outhaul::http
