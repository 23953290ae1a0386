#pragma once

#include <optional>
#include <string>
#include <utility>

#include "common/http/h1_body_writer.h"
#include "common/http/h1_start_line.h"
#include "common/net/byte_stream.h"
#include "edge/bindings/h1_tunnel_writer.h"
#include "edge/forwarding/response_sink.h"

namespace outhaul::edge {

/// Whether the connection can carry another request after this response.
enum class AfterResponse : bool { close, keep };

/// The response to one HTTP/1.1 (or 1.0) request.
class H1ResponseSink final : public ResponseSink {
 public:
  /// The stream must outlive the sink.
  H1ResponseSink(net::ByteStream& stream, bool is_head, http::H1Version version,
                 AfterResponse after)
      : stream_(stream), is_head_(is_head), version_(version), after_(after) {}

  void inform(const http::ResponseHead& head) override;
  Result<void> respond(const http::ResponseHead& head, bool has_body) override;
  Result<void> open_tunnel(http::ResponseHead& head) override;
  http::BodyWriter& writer() override;
  void cut() override { cut_ = true; }

  /// The client will be told to expect no further response. Before respond().
  void close_after() { after_ = AfterResponse::close; }
  /// The content of the request. While it has not been received as a whole when the response
  /// begins, its rest may never be read, so that the client is told as by close_after().
  void answers_to(const http::BodyReader& request) { request_ = &request; }
  /// A tunnel is a WebSocket, to be accepted with 101 in answer to this key. Before open_tunnel().
  void expect_websocket(std::string key) { websocket_key_ = std::move(key); }

  /// The final head was handed over.
  bool has_responded() const { return writer_ || tunnel_; }
  /// open_tunnel() was called: the connection is no HTTP any more.
  bool is_tunnel() const { return tunnel_.has_value(); }

  bool was_cut() const { return cut_; }
  /// A complete response was sent that leaves the connection usable.
  bool keeps_connection() const;

 private:
  http::Framing framing_of(const http::ResponseHead& head, bool has_body) const;
  /// Sends what is staged of interim heads as far as it goes.
  void push();

  net::ByteStream& stream_;
  const bool is_head_;
  const http::H1Version version_;
  AfterResponse after_;
  const http::BodyReader* request_ = nullptr;
  /// Interim heads that the connection has not taken yet; they leave before the final one.
  PooledText interim_;
  std::string websocket_key_;
  std::optional<http::H1BodyWriter> writer_;
  std::optional<H1TunnelWriter> tunnel_;
  bool cut_ = false;
};

}  // namespace outhaul::edge
