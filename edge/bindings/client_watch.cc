#include "edge/bindings/client_watch.h"

#include "common/async/sleep.h"
#include "common/base/limits.h"

namespace outhaul::edge {

namespace {

/// Pipelined requests that are read while one is served.
constexpr std::size_t pipeline_bytes = 64 * kibibyte;

}  // namespace

ClientWatch::ClientWatch(Loop& loop, net::ByteStream& stream, ByteQueue& input,
                         const H1ResponseSink& sink, ClientEnd meaning, Duration patience)
    : loop_(loop),
      stream_(stream),
      input_(input),
      sink_(sink),
      meaning_(meaning),
      patience_(patience),
      never_(loop) {}

Task<Result<void>> ClientWatch::run(Readiness& request_read) {
  co_await request_read.wait();
  OUTHAUL_CO_TRY(seen, co_await read());
  if (seen == Seen::end && meaning_ == ClientEnd::leaving) {
    co_await sleep_for(loop_, patience_);
    if (!sink_.has_responded()) {
      co_return Error{ErrorKind::closed, "the client closed its connection before the response"};
    }
  }
  for (;;)
    co_await never_.wait();
}

Task<Result<ClientWatch::Seen>> ClientWatch::read() {
  while (!sink_.is_tunnel() && input_.size() < pipeline_bytes) {
    const net::IoResult got = stream_.read(input_.prepare());
    if (got.status == net::IoStatus::done) {
      input_.commit(got.bytes);
      continue;
    }
    input_.release_unused();
    if (got.status == net::IoStatus::failed) co_return stream_.error();
    if (got.status == net::IoStatus::end) co_return Seen::end;
    co_await stream_.readable().wait();
  }
  co_return Seen::nothing;
}

}  // namespace outhaul::edge
