#include "edge/bindings/h1_response_sink.h"

#include <span>
#include <utility>

#include "common/http/h1_writer.h"
#include "common/http/syntax.h"
#include "common/http/websocket.h"

namespace outhaul::edge {

void H1ResponseSink::inform(const http::ResponseHead& head) {
  // RFC 9110 section 15.2: none to an HTTP/1.0 client.
  if (version_ == http::H1Version::http10 || has_responded()) return;
  http::append_response_head(interim_, head, http::Framing{});
  push();
}

void H1ResponseSink::push() {
  const Bytes rest = as_bytes(interim_);
  const net::IoResult sent = stream_.write(std::span(&rest, 1));
  if (sent.status == net::IoStatus::done) interim_.erase(0, sent.bytes);
  // A failure shows again when the final head is written.
  [[maybe_unused]] const net::IoResult flushed = stream_.flush();
}

http::Framing H1ResponseSink::framing_of(const http::ResponseHead& head, bool has_body) const {
  http::Framing framing;
  framing.must_close = after_ == AfterResponse::close;
  if (is_head_ || head.status == 204 || head.status == 304) return framing;
  const auto length = head.fields.find("content-length");
  if (!has_body || length) {
    framing.kind = http::BodyKind::content_length;
    framing.length = length && has_body ? http::parse_decimal(*length).value_or(0) : 0;
  } else {
    framing.kind =
        version_ == http::H1Version::http10 ? http::BodyKind::until_close : http::BodyKind::chunked;
  }
  return framing;
}

Result<void> H1ResponseSink::respond(const http::ResponseHead& head, bool has_body) {
  const bool request_goes_on = request_ && request_->state() != http::BodyState::complete;
  if (version_ == http::H1Version::http10 || request_goes_on) after_ = AfterResponse::close;
  const http::Framing framing = framing_of(head, has_body);
  PooledText text = std::move(interim_);
  http::append_response_head(text, head, framing);
  writer_.emplace(stream_, std::move(text), framing);
  if (!has_body) writer_->finish({});
  return {};
}

Result<void> H1ResponseSink::open_tunnel(http::ResponseHead& head) {
  if (!websocket_key_.empty()) {
    head.status = 101;
    head.fields.set("connection", "Upgrade");
    head.fields.set("upgrade", "websocket");
    head.fields.set("sec-websocket-accept", http::websocket_accept(websocket_key_));
  }
  PooledText text = std::move(interim_);
  http::append_response_head(text, head, http::Framing{});
  tunnel_.emplace(stream_, std::move(text));
  return {};
}

http::BodyWriter& H1ResponseSink::writer() {
  if (tunnel_) return *tunnel_;
  return *writer_;
}

bool H1ResponseSink::keeps_connection() const {
  return after_ == AfterResponse::keep && !cut_ && writer_ && writer_->drained();
}

}  // namespace outhaul::edge
