#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>

#include "common/async/loop.h"
#include "common/net/dial.h"
#include "common/net/fd.h"
#include "common/net/listener.h"
#include "common/net/tcp_stream.h"
#include "tests/support/run_task.h"

namespace outhaul::net::testing {

inline SocketAddress loopback(std::uint16_t port = 0) {
  return {*IpAddress::parse("127.0.0.1"), port};
}

inline std::unique_ptr<Listener> listen_on(Loop& loop, const SocketAddress& address,
                                           ListenOptions options = {}) {
  auto listener = Listener::open(loop, address, options);
  if (!listener) FAIL(listener.error().message);
  return std::move(*listener);
}

/// A blocking client socket, as another program would have it.
inline Fd plain_connect(const SocketAddress& address) {
  Fd fd(socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(connect(fd.get(), address.native(), address.native_length()) == 0);
  return fd;
}

inline void plain_send(const Fd& fd, std::string_view text) {
  REQUIRE(send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(text.size()));
}

/// A port on which nobody listens: bound, never listened on.
class DeadPort {
 public:
  DeadPort() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const SocketAddress any = loopback();
    REQUIRE(bind(fd_.get(), any.native(), any.native_length()) == 0);
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    REQUIRE(getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&storage), &length) == 0);
    address_ = SocketAddress::from_native(storage, length);
  }
  const SocketAddress& address() const { return address_; }

 private:
  Fd fd_;
  SocketAddress address_;
};

/// A listener with a full queue: the kernel drops further SYNs, as a firewall would.
class BlackHole {
 public:
  BlackHole() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const SocketAddress any = loopback();
    REQUIRE(bind(fd_.get(), any.native(), any.native_length()) == 0);
    REQUIRE(listen(fd_.get(), 0) == 0);
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    REQUIRE(getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&storage), &length) == 0);
    address_ = SocketAddress::from_native(storage, length);
    filler_ = plain_connect(address_);
  }
  const SocketAddress& address() const { return address_; }

 private:
  Fd fd_;
  Fd filler_;
  SocketAddress address_;
};

}  // namespace outhaul::net::testing
