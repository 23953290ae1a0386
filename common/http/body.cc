#include "common/http/body.h"

#include "common/async/timed_wait.h"
#include "common/http/field_filter.h"

namespace outhaul::http {

namespace {

/// Waits until the writer has room (or has nothing left, with `drain`) or its time is up.
Task<Result<void>> wait_for_writer(Loop& loop, BodyWriter& to, Duration limit, bool drain,
                                   PumpEnd& end) {
  for (;;) {
    to.drive();
    if (to.failed()) co_return to.error();
    if (drain ? to.drained() : to.has_room()) co_return Result<void>();
    // Named first: g++ 12 miscompiles a co_await inside a condition.
    const bool woken = co_await wait_for(loop, to.writable(), limit);
    if (woken) continue;
    end.timed_out = true;
    co_return Error{ErrorKind::timed_out, "the receiver took no byte in time"};
  }
}

}  // namespace

Task<Result<void>> pump(Loop& loop, BodyReader& from, BodyWriter& to, PumpLimits limits,
                        PumpEnd& end) {
  for (;;) {
    if (to.failed()) co_return to.error();
    if (!to.has_room()) {
      OUTHAUL_CO_CHECK(room, co_await wait_for_writer(loop, to, limits.write_stall, false, end));
      continue;
    }
    const Bytes data = from.peek();
    if (!data.empty()) {
      const std::size_t taken = to.write(data);
      end.bytes += taken;
      from.consume(taken);
      continue;
    }
    const BodyState state = from.state();
    if (state == BodyState::complete) break;
    if (state == BodyState::failed) {
      end.reader_failed = true;
      co_return from.error();
    }
    to.drive();  // what is staged must not wait for more
    const bool woken = co_await wait_for(loop, from.readable(), limits.read_idle);
    if (!woken) {
      end.reader_failed = end.timed_out = true;
      co_return Error{ErrorKind::timed_out, "the sender sent no byte in time"};
    }
  }
  if (from.trailers().empty()) {
    to.finish(from.trailers());
  } else {
    Fields trailers = from.trailers();
    filter_trailers(trailers);
    to.finish(trailers);
  }
  OUTHAUL_CO_CHECK(drained, co_await wait_for_writer(loop, to, limits.write_stall, true, end));
  co_return Result<void>();
}

}  // namespace outhaul::http
