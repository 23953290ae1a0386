#pragma once

#include <optional>

#include "common/http/h1_body_writer.h"
#include "common/net/byte_stream.h"

namespace outhaul::edge {

/// The bytes toward a client whose CONNECT or upgrade was accepted. Finishing ends this direction
/// of the connection and leaves the other one open; drained() then means that the end has left.
class H1TunnelWriter final : public http::BodyWriter {
 public:
  /// `head` leaves before the first byte. The stream must outlive the writer.
  H1TunnelWriter(net::ByteStream& stream, PooledText head);

  std::size_t write(Bytes data) override { return bytes_.write(data); }
  bool has_room() const override { return bytes_.has_room(); }
  void finish(const http::Fields& trailers) override;
  bool drained() const override { return ended_; }
  void drive() override;
  Readiness& writable() override { return stream_.writable(); }
  bool failed() const override { return bytes_.failed() || error_.has_value(); }
  const Error& error() const override { return error_ ? *error_ : bytes_.error(); }

 private:
  /// Ends the direction once everything before it has left.
  void end();

  net::ByteStream& stream_;
  http::H1BodyWriter bytes_;
  bool finished_ = false;
  bool ended_ = false;
  std::optional<Error> error_;
};

}  // namespace outhaul::edge
