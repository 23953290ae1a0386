#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "common/async/loop.h"
#include "common/async/readiness.h"
#include "common/base/result.h"
#include "common/net/byte_stream.h"
#include "common/net/fd.h"
#include "common/net/socket_address.h"

namespace outhaul::net {

/// Probes of an idle connection; it counts as dead after idle + interval * probes.
struct Keepalive {
  std::chrono::seconds idle{60};
  std::chrono::seconds interval{15};
  int probes = 4;
};

/// Options of a TCP socket; unix sockets ignore them. TCP_NODELAY is always on, because every
/// writer here gathers its bytes itself. What is not set stays as the system has it.
struct TcpOptions {
  /// TCP_USER_TIMEOUT: sent bytes that stay unacknowledged for so long end the connection.
  std::optional<std::chrono::milliseconds> user_timeout;
  std::optional<Keepalive> keepalive;
  /// TCP_NOTSENT_LOWAT: no more than so many unsent bytes wait in the kernel.
  std::optional<std::uint32_t> unsent_bytes_low_water;
};

/// A connected stream socket (TCP or unix) on the loop, registered once, edge-triggered.
///
/// read() asks the kernel again only after an event, unless the last read filled its buffer; so a
/// short read costs no second call. Once the peer's FIN was reported, reads go on to the end even
/// when they are short: data and FIN may share one event, and no other event will come.
///
/// A failed write does not stop reading: a peer may answer early and close, and its answer is
/// still to be had. A clean end is never reported after a reset.
class TcpStream final : public ByteStream, private FdHandler {
 public:
  /// Takes a connected, non-blocking socket. `peer` is what messages name.
  TcpStream(Loop& loop, Fd fd, SocketAddress peer);
  ~TcpStream() override;

  IoResult read(MutableBytes into) override;
  IoResult write(std::span<const Bytes> parts) override;
  IoResult flush() override { return {IoStatus::done, 0}; }
  IoResult shutdown_write() override;
  void reset() override;
  Readiness& readable() override { return readable_; }
  Readiness& writable() override { return writable_; }
  const Error& error() const override { return error_; }

  /// Error kind `system` names the option that the kernel refused.
  Result<void> apply(const TcpOptions& options);

  const SocketAddress& peer_address() const { return peer_; }
  /// Unspecified after reset().
  SocketAddress local_address() const;
  /// For getsockopt(TCP_INFO) and the like; -1 after reset().
  int native_handle() const { return fd_.get(); }

 private:
  void on_fd_events(std::uint32_t events) override;
  IoResult read_failed(int error_number);
  IoResult write_failed(int error_number);

  Loop& loop_;
  Fd fd_;
  SocketAddress peer_;
  Readiness readable_;
  Readiness writable_;
  bool hang_up_ = false;  // FIN or worse was reported: read on until the end shows
  bool ended_ = false;    // read() has returned end
  bool read_dead_ = false;
  bool write_dead_ = false;
  bool cut_ = false;  // a write met a reset, which the kernel reports only once
  Error error_;
};

}  // namespace outhaul::net
