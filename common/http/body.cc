#include "common/http/body.h"

namespace outhaul::http {

Task<Result<void>> pump(BodyReader& from, BodyWriter& to, PumpEnd& end) {
  for (;;) {
    if (to.failed()) co_return to.error();
    if (!to.has_room()) {
      to.drive();
      if (to.failed() || to.has_room()) continue;
      co_await to.writable().wait();
      continue;
    }
    const Bytes data = from.peek();
    if (!data.empty()) {
      from.consume(to.write(data));
      continue;
    }
    const BodyState state = from.state();
    if (state == BodyState::failed) {
      end.reader_failed = true;
      co_return from.error();
    }
    if (state == BodyState::complete) break;
    co_await from.readable().wait();
  }
  to.finish(from.trailers());
  while (!to.drained()) {
    if (to.failed()) co_return to.error();
    co_await to.writable().wait();
    to.drive();
  }
  if (to.failed()) co_return to.error();
  co_return Result<void>();
}

}  // namespace outhaul::http
