#include "agent/relay/byte_relay.h"

#include <string>
#include <utility>

#include "common/async/combinators.h"
#include "common/async/sleep.h"
#include "common/http/h1_body_reader.h"
#include "common/http/h1_body_writer.h"
#include "common/net/io.h"
#include "common/tunnel/broken_response.h"

namespace outhaul::agent {

namespace {

constexpr http::Framing raw_bytes{
    .kind = http::BodyKind::until_close, .length = 0, .must_close = true};

/// Resets the origin connection unless the relay came to a clean end.
class ResetUnlessDone {
 public:
  explicit ResetUnlessDone(net::ByteStream& stream) : stream_(stream) {}
  ResetUnlessDone(const ResetUnlessDone&) = delete;
  ResetUnlessDone& operator=(const ResetUnlessDone&) = delete;
  ~ResetUnlessDone() {
    if (!done_) stream_.reset();
  }
  void done() { done_ = true; }

 private:
  net::ByteStream& stream_;
  bool done_ = false;
};

/// Both directions of a relay, entered into the record also when it is cancelled.
struct Carried {
  explicit Carried(AccessRecord& record_in) : record(record_in) {}
  Carried(const Carried&) = delete;
  Carried& operator=(const Carried&) = delete;
  ~Carried() {
    record.bytes_up = up.bytes;
    record.bytes_down = down.bytes;
  }
  AccessRecord& record;
  http::PumpEnd up;
  http::PumpEnd down;
};

/// Which name an end has that was not clean: only the tunnel's streams know of the other end.
std::string_view error_name(const Error& error, bool tunnel_failed) {
  return tunnel_failed ? cancelled_request : to_string(tunnel::broken_response(error.kind));
}

Task<Result<void>> carry_up(Loop& loop, h2::Stream& stream, net::ByteStream& origin,
                            http::PumpEnd& end) {
  http::H1BodyWriter writer(origin, PooledText(), raw_bytes);
  OUTHAUL_CO_CHECK(moved,
                   co_await http::pump(loop, stream.body(), writer, http::PumpLimits(), end));
  co_return co_await net::shutdown(origin);
}

Task<Result<void>> carry_down(Loop& loop, OriginConnection& connection, h2::Stream& stream,
                              http::PumpEnd& end) {
  http::H1BodyReader reader(connection.stream(), connection.input(), raw_bytes);
  co_return co_await http::pump(loop, reader, stream.writer(), http::PumpLimits(), end);
}

Task<Result<void>> watch_idle(Loop& loop, Duration idle, const http::PumpEnd& up,
                              const http::PumpEnd& down) {
  for (;;) {
    const std::uint64_t before = up.bytes + down.bytes;
    co_await sleep_for(loop, idle);
    if (up.bytes + down.bytes == before) {
      co_return Error{ErrorKind::timed_out, "no byte moved within the idle limit (--tcp-idle)"};
    }
  }
}

/// The two directions of a relay, and what they have moved.
struct Directions {
  Task<Result<void>> upward;
  Task<Result<void>> downward;
  const http::PumpEnd& up;
  const http::PumpEnd& down;
};

/// Runs both to their ends. False when it was no clean one; the record says why.
Task<bool> carry(RelayRequest& request, Duration idle, Directions directions) {
  Task<Result<void>> relay = both(std::move(directions.upward), std::move(directions.downward));
  if (idle > Duration::zero()) {
    Task<Result<void>> watch =
        watch_idle(request.context.loop, idle, directions.up, directions.down);
    relay = first_of(std::move(relay), std::move(watch));
  }
  const Result<void> carried = co_await relay;
  if (carried) co_return true;
  request.record.error = error_name(carried.error(), request.stream.failed());
  request.record.detail = carried.error().message;
  co_return false;
}

}  // namespace

Task<void> relay_bytes(RelayRequest& request, OriginConnection& connection, Duration idle,
                       h2::ErrorCode abort_code) {
  ResetUnlessDone guard(connection.stream());
  Carried bytes(request.record);
  Loop& loop = request.context.loop;
  Task<Result<void>> upward = carry_up(loop, request.stream, connection.stream(), bytes.up);
  Task<Result<void>> downward = carry_down(loop, connection, request.stream, bytes.down);
  Directions directions{std::move(upward), std::move(downward), bytes.up, bytes.down};
  const bool done = co_await carry(request, idle, std::move(directions));
  if (done) {
    guard.done();
  } else {
    request.stream.reset(abort_code);
  }
}

Task<void> relay_streams(RelayRequest& request, h2::Stream& origin, Duration idle) {
  Carried bytes(request.record);
  Loop& loop = request.context.loop;
  const http::PumpLimits unlimited;
  Task<Result<void>> upward =
      http::pump(loop, request.stream.body(), origin.writer(), unlimited, bytes.up);
  Task<Result<void>> downward =
      http::pump(loop, origin.body(), request.stream.writer(), unlimited, bytes.down);
  Directions directions{std::move(upward), std::move(downward), bytes.up, bytes.down};
  const bool done = co_await carry(request, idle, std::move(directions));
  if (!done) {
    origin.reset(h2::ErrorCode::cancel);
    request.stream.reset(h2::ErrorCode::cancel);
  }
}

}  // namespace outhaul::agent
