#include "common/net/io.h"

#include <cassert>
#include <span>

namespace outhaul::net {

Task<Result<std::size_t>> read_some(ByteStream& stream, MutableBytes into) {
  assert(!into.empty());
  for (;;) {
    const IoResult got = stream.read(into);
    switch (got.status) {
      case IoStatus::done:
        co_return got.bytes;
      case IoStatus::end:
        co_return std::size_t{0};
      case IoStatus::failed:
        co_return stream.error();
      case IoStatus::would_block:
        co_await stream.readable().wait();
        break;
    }
  }
}

Task<Result<void>> write_all(ByteStream& stream, Bytes bytes) {
  while (!bytes.empty()) {
    const IoResult sent = stream.write(std::span(&bytes, 1));
    if (sent.status == IoStatus::failed) co_return stream.error();
    if (sent.status == IoStatus::would_block) co_await stream.writable().wait();
    bytes = bytes.subspan(sent.bytes);
  }
  co_return co_await flush_all(stream);
}

Task<Result<void>> flush_all(ByteStream& stream) {
  for (;;) {
    const IoResult flushed = stream.flush();
    if (flushed.status == IoStatus::done) co_return Result<void>();
    if (flushed.status == IoStatus::failed) co_return stream.error();
    co_await stream.writable().wait();
  }
}

Task<Result<void>> shutdown(ByteStream& stream) {
  for (;;) {
    const IoResult ended = stream.shutdown_write();
    if (ended.status == IoStatus::done) co_return Result<void>();
    if (ended.status == IoStatus::failed) co_return stream.error();
    co_await stream.writable().wait();
    // What is in the way has to leave first; a failure shows in the next call too.
    [[maybe_unused]] const IoResult flushed = stream.flush();
  }
}

bool reusable(ByteStream& stream) {
  std::byte stray{};
  return stream.read(MutableBytes(&stray, 1)).status == IoStatus::would_block;
}

}  // namespace outhaul::net
