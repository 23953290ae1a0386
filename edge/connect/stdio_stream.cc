#include "edge/connect/stdio_stream.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace outhaul::edge {

StdioStream::Half::Half(Loop& loop_in, net::Fd fd_in, std::uint32_t events)
    : loop(loop_in), fd(std::move(fd_in)), flags_before(fcntl(fd.get(), F_GETFL)), ready(loop_in) {
  ready.set();
  fcntl(fd.get(), F_SETFL, flags_before | O_NONBLOCK);
  try {
    loop.add(fd.get(), events | EPOLLET, *this);
    watched = true;
  } catch (const std::system_error& error) {
    if (error.code().value() != EPERM) throw;
  }
}

void StdioStream::Half::on_fd_events(std::uint32_t) {
  ready.set();
}

net::IoResult StdioStream::Half::must_wait() {
  ready.clear();
  return {net::IoStatus::would_block, 0};
}

void StdioStream::Half::close() {
  if (!fd) return;
  if (watched) loop.remove(fd.get(), *this);
  fcntl(fd.get(), F_SETFL, flags_before);
  fd.reset();
}

StdioStream::StdioStream(Loop& loop, net::Fd input, net::Fd output)
    : input_(loop, std::move(input), EPOLLIN | EPOLLRDHUP),
      output_(loop, std::move(output), EPOLLOUT) {}

net::IoResult StdioStream::read(MutableBytes into) {
  if (!input_.fd) return failed(ECANCELED, "read standard input");
  for (;;) {
    const ssize_t got = ::read(input_.fd.get(), into.data(), into.size());
    if (got > 0) return {net::IoStatus::done, static_cast<std::size_t>(got)};
    if (got == 0) return {net::IoStatus::end, 0};
    if (errno == EAGAIN) return input_.must_wait();
    if (errno != EINTR) return failed(errno, "read standard input");
  }
}

net::IoResult StdioStream::write(std::span<const Bytes> parts) {
  if (!output_.fd) return failed(ECANCELED, "write standard output");
  std::size_t total = 0;
  for (Bytes part : parts) {
    while (!part.empty()) {
      const ssize_t sent = ::write(output_.fd.get(), part.data(), part.size());
      if (sent < 0 && errno == EINTR) continue;
      if (sent < 0 && errno != EAGAIN) return failed(errno, "write standard output");
      if (sent < 0) {
        const net::IoResult wait = output_.must_wait();
        return total > 0 ? net::IoResult{net::IoStatus::done, total} : wait;
      }
      total += static_cast<std::size_t>(sent);
      part = part.subspan(static_cast<std::size_t>(sent));
    }
  }
  return {net::IoStatus::done, total};
}

net::IoResult StdioStream::shutdown_write() {
  // Standard input may be the same socket, which closing one descriptor would leave open.
  if (output_.fd) {
    [[maybe_unused]] const int no_socket = ::shutdown(output_.fd.get(), SHUT_WR);
  }
  output_.close();
  return {net::IoStatus::done, 0};
}

void StdioStream::reset() {
  input_.close();
  output_.close();
  error_ = Error{ErrorKind::cancelled, "standard input and output were closed here"};
  input_.ready.set();
  output_.ready.set();
}

net::IoResult StdioStream::failed(int error_number, const char* doing) {
  if (error_.message.empty()) error_ = system_error(error_number, doing);
  return {net::IoStatus::failed, 0};
}

}  // namespace outhaul::edge
