#pragma once

#include "common/h2/stream.h"
#include "edge/forwarding/response_sink.h"

namespace outhaul::edge {

/// The response to one request of an HTTP/2 client.
class H2ResponseSink final : public ResponseSink {
 public:
  /// `abort_code` is how a cut looks to the client. The stream must outlive the sink.
  H2ResponseSink(h2::Stream& stream, h2::ErrorCode abort_code)
      : stream_(stream), abort_code_(abort_code) {}

  void inform(const http::ResponseHead& head) override { stream_.inform(head); }
  Result<void> respond(const http::ResponseHead& head, bool has_body) override {
    // What is left of the request after a complete response is declined (RFC 9113 section 8.1).
    stream_.abandon_with(h2::ErrorCode::no_error);
    return stream_.respond(head, has_body);
  }
  Result<void> open_tunnel(http::ResponseHead& head) override {
    return stream_.respond(head, true);
  }
  http::BodyWriter& writer() override { return stream_.writer(); }
  void cut() override { stream_.reset(abort_code_); }

 private:
  h2::Stream& stream_;
  const h2::ErrorCode abort_code_;
};

}  // namespace outhaul::edge
