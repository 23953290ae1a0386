#include "edge/bindings/h1_tunnel_writer.h"

#include <utility>

namespace outhaul::edge {

namespace {

constexpr http::Framing raw_bytes{
    .kind = http::BodyKind::until_close, .length = 0, .must_close = true};

}  // namespace

H1TunnelWriter::H1TunnelWriter(net::ByteStream& stream, PooledText head)
    : stream_(stream), bytes_(stream, std::move(head), raw_bytes) {}

void H1TunnelWriter::finish(const http::Fields& trailers) {
  finished_ = true;
  bytes_.finish(trailers);
  end();
}

void H1TunnelWriter::drive() {
  bytes_.drive();
  end();
}

void H1TunnelWriter::end() {
  if (!finished_ || ended_ || failed() || !bytes_.drained()) return;
  const net::IoResult result = stream_.shutdown_write();
  if (result.status == net::IoStatus::failed) error_ = stream_.error();
  ended_ = result.status == net::IoStatus::done;
}

}  // namespace outhaul::edge
