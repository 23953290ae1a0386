#include "common/net/listener.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "common/async/sleep.h"

namespace outhaul::net {

namespace {

constexpr int accepts_per_turn = 16;
constexpr auto pause_without_descriptors = std::chrono::milliseconds(100);

enum class AcceptFailure : std::uint8_t { none_waiting, try_next, no_resources, fatal };

AcceptFailure classify(int error_number) {
  switch (error_number) {
    case EAGAIN:
      return AcceptFailure::none_waiting;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      return AcceptFailure::no_resources;
    // The listener is broken; everything else is the fate of the one connection (accept(2) hands
    // on its pending network errors).
    case EBADF:
    case EINVAL:
    case ENOTSOCK:
    case EOPNOTSUPP:
    case EFAULT:
      return AcceptFailure::fatal;
    default:
      return AcceptFailure::try_next;
  }
}

Fd open_reserve() {
  return Fd(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

/// Removes the file of a unix socket that nobody listens on any more.
void remove_stale_socket(const SocketAddress& address) {
  const std::string path = address.path();
  struct stat status{};
  if (lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return;
  const Fd probe(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!probe) return;
  if (connect(probe.get(), address.native(), address.native_length()) == 0) return;
  if (errno == ECONNREFUSED) unlink(path.c_str());
}

SocketAddress bound_address(int fd, const SocketAddress& requested) {
  if (requested.is_unix()) return requested;
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &length) != 0) return requested;
  return SocketAddress::from_native(storage, length);
}

/// Options that come before bind(). False: errno says why.
bool prepare(int fd, const SocketAddress& address, const ListenOptions& options) {
  // The file is born with these permissions (less the umask) instead of getting them later.
  if (address.is_unix()) return fchmod(fd, options.unix_mode) == 0;
  const int on = 1;
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) return false;
  if (address.family() != AF_INET6) return true;
  const int only = options.ipv6 == Ipv6Listening::ipv6_only ? 1 : 0;
  return setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only) == 0;
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::open(Loop& loop, const SocketAddress& address,
                                                 ListenOptions options) {
  const std::string doing = "listen on " + address.to_string();
  Fd fd(socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return system_error(errno, doing);
  if (!prepare(fd.get(), address, options)) return system_error(errno, doing);
  if (address.is_unix()) remove_stale_socket(address);
  if (bind(fd.get(), address.native(), address.native_length()) != 0) {
    return system_error(errno, doing);
  }
  if (address.is_unix() && chmod(address.path().c_str(), options.unix_mode) != 0) {
    return system_error(errno, doing);
  }
  if (listen(fd.get(), options.backlog) != 0) return system_error(errno, doing);
  SocketAddress bound = bound_address(fd.get(), address);
  return std::unique_ptr<Listener>(
      new Listener(loop, std::move(fd), std::move(bound), std::move(options)));
}

Listener::Listener(Loop& loop, Fd fd, SocketAddress address, ListenOptions options)
    : loop_(loop),
      fd_(std::move(fd)),
      reserve_(open_reserve()),
      address_(std::move(address)),
      options_(std::move(options)),
      acceptable_(loop) {
  if (address_.is_unix()) {
    struct stat status{};
    if (lstat(address_.path().c_str(), &status) == 0) {
      file_device_ = status.st_dev;
      file_number_ = status.st_ino;
    }
  }
  loop_.add(fd_.get(), EPOLLIN | EPOLLET, *this);
}

Listener::~Listener() {
  loop_.remove(fd_.get(), *this);
  if (!address_.is_unix()) return;
  struct stat status{};
  const std::string path = address_.path();
  if (lstat(path.c_str(), &status) == 0 && status.st_dev == file_device_ &&
      status.st_ino == file_number_) {
    unlink(path.c_str());
  }
}

void Listener::on_fd_events(std::uint32_t) {
  acceptable_.set();
}

void Listener::turn_one_away() {
  reserve_.reset();
  Fd unwanted(accept4(fd_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (unwanted) ++turned_away_;
  unwanted.reset();
  reserve_ = open_reserve();
}

bool Listener::turn_is_used_up() {
  if (turn_ != loop_.now()) {
    turn_ = loop_.now();
    accepted_in_turn_ = 0;
  }
  return ++accepted_in_turn_ > accepts_per_turn;
}

Task<Result<std::unique_ptr<TcpStream>>> Listener::accept() {
  for (;;) {
    if (turn_is_used_up()) co_await sleep_for(loop_, Duration::zero());
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    Fd fd(accept4(fd_.get(), reinterpret_cast<sockaddr*>(&storage), &length,
                  SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd) {
      SocketAddress peer = SocketAddress::from_native(storage, length);
      auto stream = std::make_unique<TcpStream>(loop_, std::move(fd), std::move(peer));
      // A refused option is the mark of a connection that has ended already.
      if (!stream->apply(options_.tcp)) continue;
      co_return stream;
    }
    const int error_number = errno;
    switch (classify(error_number)) {
      case AcceptFailure::none_waiting:
        acceptable_.clear();
        co_await acceptable_.wait();
        break;
      case AcceptFailure::try_next:
        break;
      case AcceptFailure::no_resources:
        turn_one_away();
        co_await sleep_for(loop_, pause_without_descriptors);
        break;
      case AcceptFailure::fatal:
        co_return system_error(error_number, "accept on " + address_.to_string());
    }
  }
}

}  // namespace outhaul::net
