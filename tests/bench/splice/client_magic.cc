#include "tests/bench/splice/client_magic.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "common/base/bytes.h"
#include "common/net/io.h"

namespace outhaul::bench {

namespace {

constexpr std::string_view magic = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

}  // namespace

Task<Result<std::vector<std::byte>>> take_client_magic(net::ByteStream& stream) {
  std::vector<std::byte> input;
  while (input.size() < magic.size()) {
    std::array<std::byte, 4096> chunk{};
    OUTHAUL_CO_TRY(count, co_await net::read_some(stream, chunk));
    if (count == 0) co_return Error{ErrorKind::closed, "no HTTP/2 client spoke"};
    input.insert(input.end(), chunk.begin(), chunk.begin() + static_cast<std::ptrdiff_t>(count));
  }
  if (!as_text(input).starts_with(magic)) {
    co_return Error{ErrorKind::protocol, "it does not begin as an HTTP/2 client"};
  }
  input.erase(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(magic.size()));
  co_return input;
}

}  // namespace outhaul::bench
