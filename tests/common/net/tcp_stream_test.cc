#include "common/net/tcp_stream.h"

#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "common/net/io.h"
#include "tests/common/net/socket_fixture.h"

using namespace outhaul;
using namespace outhaul::net;
using namespace outhaul::net::testing;

namespace {

Task<void> accept_one(Listener& listener, std::unique_ptr<TcpStream>& stream) {
  auto accepted = co_await listener.accept();
  REQUIRE(accepted);
  stream = std::move(*accepted);
}

/// An accepted stream and the plain socket at its other end.
struct Connection {
  Loop loop;
  Fd peer;
  std::unique_ptr<TcpStream> stream;

  explicit Connection(const SocketAddress& address = loopback()) {
    const auto listener = listen_on(loop, address);
    peer = plain_connect(listener->address());
    outhaul::testing::run_task(loop, accept_one(*listener, stream));
  }

  /// Lets events in, without waiting.
  void turn() { loop.run_turn(Duration::zero()); }
  /// Lets one event in.
  void wait_turn() { loop.run_turn(std::chrono::seconds(10)); }

  std::string read(std::size_t size = 100) {
    std::string text(size, '\0');
    last = stream->read(std::as_writable_bytes(std::span(text.data(), size)));
    text.resize(last.bytes);
    return text;
  }
  IoStatus write(std::string_view text) {
    const Bytes part = as_bytes(text);
    return stream->write(std::span(&part, 1)).status;
  }
  IoResult last;
};

int option(int fd, int level, int name) {
  int value = 0;
  socklen_t length = sizeof value;
  REQUIRE(getsockopt(fd, level, name, &value, &length) == 0);
  return value;
}

Task<void> read_until_end(ByteStream& stream, std::string& text) {
  std::array<std::byte, 64> buffer{};
  for (;;) {
    const auto got = co_await read_some(stream, buffer);
    REQUIRE(got);
    if (*got == 0) co_return;
    text += as_text(Bytes(buffer).first(*got));
  }
}

}  // namespace

TEST_CASE("a short read asks no second time, a full one does") {
  Connection tcp;
  tcp.read();
  CHECK(tcp.last.status == IoStatus::would_block);
  plain_send(tcp.peer, "hello");
  tcp.wait_turn();
  CHECK(tcp.stream->readable().is_set());
  CHECK(tcp.read(5) == "hello");
  // It could have been more than five.
  CHECK(tcp.stream->readable().is_set());
  tcp.read(5);
  CHECK(tcp.last.status == IoStatus::would_block);
  plain_send(tcp.peer, "again");
  tcp.wait_turn();
  CHECK(tcp.read() == "again");
  CHECK_FALSE(tcp.stream->readable().is_set());
}

TEST_CASE("data and FIN in one event: the end is seen although the read was short") {
  Connection tcp;
  plain_send(tcp.peer, "last words");
  shutdown(tcp.peer.get(), SHUT_WR);
  tcp.wait_turn();
  CHECK(tcp.read() == "last words");
  // No further event will come, so this must not say would_block.
  tcp.read();
  CHECK(tcp.last.status == IoStatus::end);
  tcp.read();
  CHECK(tcp.last.status == IoStatus::end);
}

TEST_CASE("a coroutine reads to the end whether FIN comes with the data or later") {
  Connection tcp;
  std::string text;
  plain_send(tcp.peer, "one");
  SUBCASE("with it") {
    shutdown(tcp.peer.get(), SHUT_WR);
  }
  SUBCASE("later") {
    tcp.wait_turn();
    CHECK(tcp.read(1) == "o");
    shutdown(tcp.peer.get(), SHUT_WR);
    text = "o";
  }
  outhaul::testing::run_task(tcp.loop, read_until_end(*tcp.stream, text));
  CHECK(text == "one");
}

TEST_CASE("half-close works both ways") {
  Connection tcp;
  CHECK(tcp.write("question") == IoStatus::done);
  CHECK(tcp.stream->shutdown_write().status == IoStatus::done);
  CHECK(tcp.stream->shutdown_write().status == IoStatus::done);
  std::array<char, 100> buffer{};
  CHECK(recv(tcp.peer.get(), buffer.data(), buffer.size(), MSG_WAITALL) == 8);
  CHECK(recv(tcp.peer.get(), buffer.data(), buffer.size(), 0) == 0);
  plain_send(tcp.peer, "answer");
  tcp.wait_turn();
  CHECK(tcp.read() == "answer");
}

TEST_CASE("reset() is an RST for the peer, and final here") {
  Connection tcp;
  tcp.stream->reset();
  std::array<char, 8> buffer{};
  CHECK(recv(tcp.peer.get(), buffer.data(), buffer.size(), 0) == -1);
  CHECK(errno == ECONNRESET);
  tcp.read();
  CHECK(tcp.last.status == IoStatus::failed);
  CHECK(tcp.write("x") == IoStatus::failed);
  CHECK(tcp.stream->error().kind == ErrorKind::cancelled);
  CHECK(tcp.stream->readable().is_set());
  tcp.stream->reset();
}

TEST_CASE("an RST from the peer is a reset, never an end") {
  Connection tcp;
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  REQUIRE(setsockopt(tcp.peer.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0);
  SUBCASE("seen by the reader") {
    tcp.peer.reset();
    tcp.wait_turn();
    tcp.read();
    CHECK(tcp.last.status == IoStatus::failed);
  }
  SUBCASE("seen by the writer first, who takes the kernel's only report") {
    plain_send(tcp.peer, "early answer");
    tcp.peer.reset();
    tcp.wait_turn();
    CHECK(tcp.write("x") == IoStatus::failed);
    // What had arrived can still be read.
    CHECK(tcp.read() == "early answer");
    tcp.read();
    CHECK(tcp.last.status == IoStatus::failed);
  }
  CHECK(tcp.stream->error().kind == ErrorKind::reset);
  CHECK(tcp.stream->error().message.find(tcp.stream->peer_address().to_string()) !=
        std::string::npos);
}

TEST_CASE("write gathers parts, stops when the kernel is full and goes on with an event") {
  Connection tcp;
  const std::string text = "0123456789";
  std::vector<Bytes> parts;
  for (std::size_t i = 0; i < 40; ++i)
    parts.push_back(as_bytes(text).subspan(i % 10, i % 4));
  const IoResult gathered = tcp.stream->write(parts);
  CHECK(gathered.status == IoStatus::done);
  CHECK(gathered.bytes == 60);

  const std::vector<std::byte> block(std::size_t{1024} * 1024);
  const Bytes part = block;
  std::size_t sent = 60;
  IoResult result;
  while ((result = tcp.stream->write(std::span(&part, 1))).status == IoStatus::done)
    sent += result.bytes;
  CHECK(result.status == IoStatus::would_block);
  CHECK_FALSE(tcp.stream->writable().is_set());
  std::vector<char> sink(sent);
  CHECK(recv(tcp.peer.get(), sink.data(), sink.size(), MSG_WAITALL) == static_cast<ssize_t>(sent));
  while (!tcp.stream->writable().is_set())
    tcp.wait_turn();
  CHECK(tcp.stream->write(std::span(&part, 1)).status == IoStatus::done);
}

TEST_CASE("more parts than one call takes are taken in order") {
  Connection tcp;
  const std::string text = "x";
  const std::vector<Bytes> parts(100, as_bytes(text));
  const IoResult first = tcp.stream->write(parts);
  CHECK(first.status == IoStatus::done);
  CHECK(first.bytes == 64);
  CHECK(tcp.stream->write(std::span(parts).subspan(first.bytes)).bytes == 36);
}

TEST_CASE("TCP options reach the socket") {
  Connection tcp;
  const int fd = tcp.stream->native_handle();
  CHECK(option(fd, IPPROTO_TCP, TCP_NODELAY) == 1);
  TcpOptions options;
  options.user_timeout = std::chrono::seconds(30);
  options.keepalive = Keepalive{std::chrono::seconds(11), std::chrono::seconds(3), 2};
  options.unsent_bytes_low_water = 128 * 1024;
  CHECK(tcp.stream->apply(options));
  CHECK(option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT) == 30'000);
  CHECK(option(fd, SOL_SOCKET, SO_KEEPALIVE) == 1);
  CHECK(option(fd, IPPROTO_TCP, TCP_KEEPIDLE) == 11);
  CHECK(option(fd, IPPROTO_TCP, TCP_KEEPINTVL) == 3);
  CHECK(option(fd, IPPROTO_TCP, TCP_KEEPCNT) == 2);
  CHECK(option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT) == 128 * 1024);

  options.keepalive->probes = 1000;
  const auto refused = tcp.stream->apply(options);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("TCP_KEEPCNT") != std::string::npos);
}

TEST_CASE("addresses of both ends") {
  Connection tcp;
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  REQUIRE(getsockname(tcp.peer.get(), reinterpret_cast<sockaddr*>(&storage), &length) == 0);
  CHECK(tcp.stream->peer_address() == SocketAddress::from_native(storage, length));
  length = sizeof storage;
  REQUIRE(getpeername(tcp.peer.get(), reinterpret_cast<sockaddr*>(&storage), &length) == 0);
  CHECK(tcp.stream->local_address() == SocketAddress::from_native(storage, length));
}

TEST_CASE("an idle connection is good until something arrives") {
  Connection tcp;
  tcp.turn();
  CHECK(reusable(*tcp.stream));
  SUBCASE("after an exchange") {
    plain_send(tcp.peer, "12345");
    tcp.wait_turn();
    CHECK(tcp.read(5) == "12345");
    CHECK(reusable(*tcp.stream));
    return;
  }
  SUBCASE("FIN") {
    shutdown(tcp.peer.get(), SHUT_WR);
  }
  SUBCASE("closed") {
    tcp.peer.reset();
  }
  SUBCASE("stray bytes") {
    plain_send(tcp.peer, "HTTP/1.1 408");
  }
  SUBCASE("RST") {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    REQUIRE(setsockopt(tcp.peer.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0);
    tcp.peer.reset();
  }
  tcp.wait_turn();
  CHECK_FALSE(reusable(*tcp.stream));
}

TEST_CASE("unix sockets are streams like any other") {
  const std::string path = "/tmp/outhaul-net-" + std::to_string(getpid()) + ".sock";
  Connection unix_connection(*SocketAddress::unix_path(path));
  CHECK(unix_connection.stream->apply(TcpOptions{.user_timeout = std::chrono::seconds(1),
                                                 .keepalive = Keepalive{},
                                                 .unsent_bytes_low_water = 1}));
  plain_send(unix_connection.peer, "by file");
  shutdown(unix_connection.peer.get(), SHUT_WR);
  unix_connection.wait_turn();
  CHECK(unix_connection.read() == "by file");
  unix_connection.read();
  CHECK(unix_connection.last.status == IoStatus::end);
  CHECK(unix_connection.write("bye") == IoStatus::done);
}
