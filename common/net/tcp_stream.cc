#include "common/net/tcp_stream.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace outhaul::net {

namespace {

constexpr std::uint32_t watched_events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
constexpr std::size_t parts_per_call = 64;

struct Gathered {
  std::array<iovec, parts_per_call> parts;
  std::size_t count = 0;
  std::size_t bytes = 0;
};

void gather(std::span<const Bytes> parts, Gathered& into) {
  for (const Bytes& part : parts) {
    if (part.empty()) continue;
    if (into.count == into.parts.size()) return;
    // sendmsg() only reads; iovec is shared with the receiving calls and so has no const.
    into.parts[into.count++] = {const_cast<std::byte*>(part.data()), part.size()};
    into.bytes += part.size();
  }
}

/// Most that is sent is one part, a request's head or a stage of records: for that the kernel has a
/// shorter way than sendmsg().
ssize_t send_gathered(int fd, Gathered& gathered) {
  if (gathered.count == 1) {
    return send(fd, gathered.parts.front().iov_base, gathered.bytes, MSG_NOSIGNAL);
  }
  msghdr message{};
  message.msg_iov = gathered.parts.data();
  message.msg_iovlen = gathered.count;
  return sendmsg(fd, &message, MSG_NOSIGNAL);
}

static_assert(EAGAIN == EWOULDBLOCK);
bool must_wait(int error_number) {
  return error_number == EAGAIN;
}

template <typename Value>
Result<void> set_option(int fd, int level, int name, Value value, const char* option) {
  if (setsockopt(fd, level, name, &value, sizeof value) == 0) return {};
  return system_error(errno, std::string("set socket option ") + option);
}

Result<void> set_keepalive(int fd, const Keepalive& keepalive) {
  const auto seconds = [](std::chrono::seconds value) { return static_cast<int>(value.count()); };
  OUTHAUL_CHECK(set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1, "SO_KEEPALIVE"));
  OUTHAUL_CHECK(set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, seconds(keepalive.idle), "TCP_KEEPIDLE"));
  OUTHAUL_CHECK(
      set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, seconds(keepalive.interval), "TCP_KEEPINTVL"));
  return set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, keepalive.probes, "TCP_KEEPCNT");
}

}  // namespace

TcpStream::TcpStream(Loop& loop, Fd fd, SocketAddress peer)
    : loop_(loop), fd_(std::move(fd)), peer_(std::move(peer)), readable_(loop), writable_(loop) {
  if (peer_.is_ip()) {
    const int on = 1;
    // It can only fail when the peer is gone already, which the first read or write will tell.
    [[maybe_unused]] const int refused =
        setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  writable_.set();
  loop_.add(fd_.get(), watched_events, *this);
}

TcpStream::~TcpStream() {
  if (fd_) loop_.remove(fd_.get(), *this);
}

void TcpStream::on_fd_events(std::uint32_t events) {
  constexpr std::uint32_t over = EPOLLHUP | EPOLLERR;
  if ((events & (EPOLLRDHUP | over)) != 0) hang_up_ = true;
  if ((events & (EPOLLIN | EPOLLRDHUP | over)) != 0) readable_.set();
  if ((events & (EPOLLOUT | over)) != 0) writable_.set();
}

IoResult TcpStream::read(MutableBytes into) {
  if (read_dead_) return {IoStatus::failed, 0};
  if (ended_) return {IoStatus::end, 0};
  if (into.empty()) return {IoStatus::done, 0};
  if (!readable_.is_set()) return {IoStatus::would_block, 0};
  ssize_t got = 0;
  do {
    got = recv(fd_.get(), into.data(), into.size(), 0);
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    if (!must_wait(errno)) return read_failed(errno);
    readable_.clear();
    return {IoStatus::would_block, 0};
  }
  if (got == 0) {
    // The reset was reported to the writer; what looks like an end is none.
    if (cut_) {
      read_dead_ = true;
      return {IoStatus::failed, 0};
    }
    ended_ = true;
    return {IoStatus::end, 0};
  }
  const auto count = static_cast<std::size_t>(got);
  if (count < into.size() && !hang_up_) readable_.clear();
  return {IoStatus::done, count};
}

IoResult TcpStream::write(std::span<const Bytes> parts) {
  if (write_dead_) return {IoStatus::failed, 0};
  Gathered gathered;
  gather(parts, gathered);
  if (gathered.bytes == 0) return {IoStatus::done, 0};
  if (!writable_.is_set()) return {IoStatus::would_block, 0};
  ssize_t sent = 0;
  do {
    sent = send_gathered(fd_.get(), gathered);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) {
    if (!must_wait(errno)) return write_failed(errno);
    writable_.clear();
    return {IoStatus::would_block, 0};
  }
  const auto count = static_cast<std::size_t>(sent);
  // A short send means that the kernel's buffer is full; an event follows when there is room.
  if (count < gathered.bytes) writable_.clear();
  return {IoStatus::done, count};
}

IoResult TcpStream::shutdown_write() {
  if (write_dead_) return {IoStatus::failed, 0};
  if (::shutdown(fd_.get(), SHUT_WR) != 0) return write_failed(errno);
  return {IoStatus::done, 0};
}

void TcpStream::reset() {
  if (!fd_) return;
  loop_.remove(fd_.get(), *this);
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  [[maybe_unused]] const int refused =
      setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  fd_.reset();
  read_dead_ = true;
  write_dead_ = true;
  error_ = Error{ErrorKind::cancelled, "connection to " + peer_.to_string() + " was reset here"};
  // Whoever waits shall notice.
  readable_.set();
  writable_.set();
}

IoResult TcpStream::read_failed(int error_number) {
  read_dead_ = true;
  error_ = system_error(error_number, "read from " + peer_.to_string());
  return {IoStatus::failed, 0};
}

IoResult TcpStream::write_failed(int error_number) {
  write_dead_ = true;
  // EPIPE is a reset after the peer's FIN: all that it had to say was received.
  cut_ = error_number != EPIPE;
  error_ = system_error(error_number, "write to " + peer_.to_string());
  return {IoStatus::failed, 0};
}

Result<void> TcpStream::apply(const TcpOptions& options) {
  if (!fd_ || !peer_.is_ip()) return {};
  if (options.user_timeout) {
    OUTHAUL_CHECK(set_option(fd_.get(), IPPROTO_TCP, TCP_USER_TIMEOUT,
                             static_cast<unsigned>(options.user_timeout->count()),
                             "TCP_USER_TIMEOUT"));
  }
  if (options.keepalive) OUTHAUL_CHECK(set_keepalive(fd_.get(), *options.keepalive));
  if (options.unsent_bytes_low_water) {
    OUTHAUL_CHECK(set_option(fd_.get(), IPPROTO_TCP, TCP_NOTSENT_LOWAT,
                             *options.unsent_bytes_low_water, "TCP_NOTSENT_LOWAT"));
  }
  return {};
}

SocketAddress TcpStream::local_address() const {
  if (!fd_) return {};
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&storage), &length) != 0) return {};
  return SocketAddress::from_native(storage, length);
}

}  // namespace outhaul::net
