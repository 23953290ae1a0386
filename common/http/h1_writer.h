#pragma once

#include <string_view>

#include "common/base/pooled_text.h"
#include "common/http/h1_framing.h"
#include "common/http/message.h"

namespace outhaul::http {

// Writers of HTTP/1.1 heads. They append to `out`, so that a head and what follows it can leave
// in one write. The caller has checked the head (translation.h) and removed hop-by-hop fields;
// what it adds after that (`connection: upgrade`) is written as it stands. The framing fields are
// this side's own: `content-length`, `transfer-encoding` and `host` in `fields` are not copied.

/// Origin-form with `host` first; plain CONNECT in authority-form. `framing.kind` must not be
/// until_close. BodyKind::none writes `content-length: 0` for methods that normally have a body
/// (RFC 9110 section 8.6).
void append_request_head(PooledText& out, const RequestHead& head, const Framing& framing);

/// BodyKind::none is for messages without a body by rule (1xx, 204, 304, HEAD, CONNECT); outside
/// 1xx, 204 and a tunnel it keeps the first `content-length` of `fields`, which tells what a GET
/// would get. An empty body of another response is content_length with length 0. until_close and
/// must_close add `connection: close`.
void append_response_head(PooledText& out, const ResponseHead& head, const Framing& framing);

/// The phrase of the IANA registry, or "" for a status it does not have.
std::string_view reason_phrase(int status);

}  // namespace outhaul::http
