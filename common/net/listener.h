#pragma once

#include <cstdint>
#include <memory>

#include <sys/stat.h>

#include "common/async/loop.h"
#include "common/async/readiness.h"
#include "common/async/task.h"
#include "common/base/result.h"
#include "common/net/fd.h"
#include "common/net/socket_address.h"
#include "common/net/tcp_stream.h"

namespace outhaul::net {

/// What a listener on [::] serves.
enum class Ipv6Listening : std::uint8_t { dual_stack, ipv6_only };

struct ListenOptions {
  /// The kernel lowers it to net.core.somaxconn.
  int backlog = 1024;
  Ipv6Listening ipv6 = Ipv6Listening::dual_stack;
  /// Permissions of a unix socket's file.
  mode_t unix_mode = 0660;
  /// For accepted TCP connections.
  TcpOptions tcp;
};

/// A listening socket (TCP or unix).
///
///   for (;;) {
///     auto accepted = co_await listener->accept();
///     if (!accepted) break;
///     scope.spawn(serve(std::move(*accepted)));
///   }
///
/// The file of a unix socket that a dead process left behind is replaced; one that somebody still
/// listens on is an error. The file is removed when the listener is destroyed.
class Listener final : private FdHandler {
 public:
  /// Binds and listens. Port 0 takes any free port, see address(). The message of an error names
  /// the address.
  static Result<std::unique_ptr<Listener>> open(Loop& loop, const SocketAddress& address,
                                                ListenOptions options);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// The next connection. One caller at a time; its Task must not outlive the listener. At most
  /// 16 connections are handed out in one turn of the loop.
  ///
  /// Without free descriptors (EMFILE, ENFILE) the waiting connection is taken with a reserve
  /// descriptor and closed, so that its client learns of it, and accepting pauses for 100 ms. An
  /// error means that the socket itself is unusable.
  Task<Result<std::unique_ptr<TcpStream>>> accept();

  /// The bound address, with the real port.
  const SocketAddress& address() const { return address_; }
  /// Connections that were closed for want of descriptors.
  std::uint64_t turned_away() const { return turned_away_; }

 private:
  Listener(Loop& loop, Fd fd, SocketAddress address, ListenOptions options);
  void on_fd_events(std::uint32_t events) override;
  void turn_one_away();
  bool turn_is_used_up();

  Loop& loop_;
  Fd fd_;
  Fd reserve_;
  SocketAddress address_;
  ListenOptions options_;
  Readiness acceptable_;
  std::uint64_t turned_away_ = 0;
  TimePoint turn_;
  int accepted_in_turn_ = 0;
  // Identity of the unix socket's file, so that a successor's is not removed.
  dev_t file_device_ = 0;
  ino_t file_number_ = 0;
};

}  // namespace outhaul::net
