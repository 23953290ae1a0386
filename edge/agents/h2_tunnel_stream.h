#pragma once

#include <memory>
#include <string>
#include <utility>

#include "common/h2/stream.h"
#include "edge/forwarding/tunnel_stream.h"

namespace outhaul::edge {

/// A request on an agent's HTTP/2 connection of the same loop.
class H2TunnelStream final : public TunnelStream {
 public:
  H2TunnelStream(std::unique_ptr<h2::Stream> stream, std::string connection)
      : stream_(std::move(stream)), connection_(std::move(connection)) {}

  std::optional<http::ResponseHead> take_head() override { return stream_->take_head(); }
  Readiness& head_readable() override { return stream_->head_readable(); }
  http::BodyReader& body() override { return stream_->body(); }
  http::BodyWriter& writer() override { return stream_->writer(); }
  bool failed() const override { return stream_->failed(); }
  const Error& failure() const override { return stream_->failure(); }
  bool unprocessed() const override { return stream_->unprocessed(); }
  std::optional<h2::ErrorCode> peer_code() const override { return stream_->peer_code(); }
  std::string_view connection() const override { return connection_; }

 private:
  std::unique_ptr<h2::Stream> stream_;
  std::string connection_;
};

}  // namespace outhaul::edge
