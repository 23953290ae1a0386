#include "tests/bench/splice/carry.h"

#include <cstddef>
#include <utility>
#include <vector>

#include "common/async/combinators.h"
#include "common/net/io.h"

namespace outhaul::bench {

namespace {

constexpr std::size_t chunk_size = std::size_t{64} * 1024;

/// One direction, up to and including its end.
Task<Result<void>> carry(net::ByteStream& from, net::ByteStream& to) {
  std::vector<std::byte> chunk(chunk_size);
  for (;;) {
    OUTHAUL_CO_TRY(count, co_await net::read_some(from, chunk));
    if (count == 0) break;
    OUTHAUL_CO_CHECK(written, co_await net::write_all(to, Bytes(chunk.data(), count)));
  }
  OUTHAUL_CO_CHECK(ended, co_await net::shutdown(to));
  co_return Result<void>();
}

}  // namespace

Task<Result<void>> carry_both(net::ByteStream& left, net::ByteStream& right) {
  Task<Result<void>> there = carry(left, right);
  Task<Result<void>> back = carry(right, left);
  co_return co_await both(std::move(there), std::move(back));
}

}  // namespace outhaul::bench
