#include "edge/bindings/protocol_choice.h"

#include <algorithm>
#include <string_view>

namespace outhaul::edge {

namespace {

constexpr std::string_view http2_preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

}  // namespace

Task<Result<ClientProtocol>> choose_protocol(net::ByteStream& stream, ByteQueue& input) {
  for (;;) {
    const std::string_view seen = as_text(input.front());
    const std::size_t compared = std::min(seen.size(), http2_preface.size());
    if (seen.substr(0, compared) != http2_preface.substr(0, compared)) {
      co_return ClientProtocol::http1;
    }
    if (compared == http2_preface.size()) co_return ClientProtocol::http2;
    const net::IoResult got = stream.read(input.prepare());
    if (got.status == net::IoStatus::done) {
      input.commit(got.bytes);
      continue;
    }
    input.release_unused();
    if (got.status == net::IoStatus::failed) co_return stream.error();
    if (got.status == net::IoStatus::end) co_return ClientProtocol::http1;
    co_await stream.readable().wait();
  }
}

}  // namespace outhaul::edge
