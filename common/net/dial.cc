#include "common/net/dial.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <netinet/in.h>
#include <sys/socket.h>

#include "common/async/readiness.h"
#include "common/async/timed_wait.h"
#include "common/net/fd.h"

namespace outhaul::net {

namespace {

/// One connect() under way.
class Attempt final : private FdHandler {
 public:
  enum class State : std::uint8_t { pending, connected, failed };

  Attempt(Loop& loop, const SocketAddress& address, Readiness& progress, const DialSource* source)
      : loop_(loop), address_(address), progress_(progress), started_(loop.now()) {
    fd_ = Fd(socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd_) {
      fail(errno);
      return;
    }
    if (source != nullptr) {
      if (auto bound = source->bind(fd_.get(), address); !bound) {
        fail(std::move(bound.error()));
        return;
      }
    }
    if (connect(fd_.get(), address.native(), address.native_length()) == 0) {
      state_ = State::connected;
    } else if (errno == EINPROGRESS) {
      loop_.add(fd_.get(), EPOLLOUT | EPOLLET, *this);
      watched_ = true;
    } else {
      fail(errno);
    }
  }
  ~Attempt() { unwatch(); }
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

  /// Looks what became of it, after progress was reported.
  State poll() {
    if (!event_seen_) return state_;
    event_seen_ = false;
    int error_number = 0;
    socklen_t length = sizeof error_number;
    if (getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error_number, &length) != 0) {
      error_number = errno;
    }
    if (error_number == 0 && connected_to_itself()) error_number = ECONNREFUSED;
    if (error_number != 0) {
      fail(error_number);
    } else {
      state_ = State::connected;
    }
    return state_;
  }

  const SocketAddress& address() const { return address_; }
  const Error& error() const { return error_; }
  TimePoint started() const { return started_; }
  Fd take() {
    unwatch();
    return std::move(fd_);
  }

 private:
  void on_fd_events(std::uint32_t) override {
    event_seen_ = true;
    progress_.set();
  }

  // TCP's simultaneous open: a local port that nobody listens on may be handed out as the source
  // port of the very connection to it.
  bool connected_to_itself() const {
    if (!address_.is_ip()) return false;
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    if (getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&storage), &length) != 0) return false;
    return SocketAddress::from_native(storage, length) == address_;
  }

  void fail(int error_number) {
    Error error = system_error(error_number, address_.to_string());
    // A unix listener's full queue, and a unix path where nobody listens any more.
    if (error_number == EAGAIN) error.kind = ErrorKind::refused;
    if (error_number == EADDRNOTAVAIL && has_source_address()) {
      error = {ErrorKind::limit, address_.to_string() +
                                     ": all local ports are in use toward this address "
                                     "(net.ipv4.ip_local_port_range)"};
    }
    fail(std::move(error));
  }

  /// Whether this machine has an address to come from. The error that says no is also that of used
  /// up ports; UDP has ports of its own.
  bool has_source_address() const {
    const Fd probe(socket(address_.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
    return probe && connect(probe.get(), address_.native(), address_.native_length()) == 0;
  }

  void fail(Error error) {
    unwatch();
    fd_.reset();
    state_ = State::failed;
    error_ = std::move(error);
  }

  void unwatch() {
    if (std::exchange(watched_, false)) loop_.remove(fd_.get(), *this);
  }

  Loop& loop_;
  SocketAddress address_;
  Readiness& progress_;
  TimePoint started_;
  Fd fd_;
  bool watched_ = false;
  bool event_seen_ = false;
  State state_ = State::pending;
  Error error_;
};

std::optional<Tried> outcome_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::refused:
      return Tried::refused;
    case ErrorKind::unreachable:
    case ErrorKind::reset:
    case ErrorKind::timed_out:
      return Tried::unreachable;
    default:
      return std::nullopt;
  }
}

/// All attempts of one dial.
class Race {
 public:
  Race(Loop& loop, std::vector<SocketAddress> addresses, const DialOptions& options)
      : loop_(loop), addresses_(std::move(addresses)), options_(options), progress_(loop) {}

  Readiness& progress() { return progress_; }
  bool more() const { return next_ < addresses_.size(); }
  bool running() const { return !attempts_.empty(); }
  void start_next() {
    attempts_.push_back(
        std::make_unique<Attempt>(loop_, addresses_[next_++], progress_, options_.source));
    last_start_ = loop_.now();
  }
  TimePoint last_start() const { return last_start_; }

  /// Takes failed attempts out; the first connected one, or null. `any_failed` tells that another
  /// address may be tried at once.
  std::unique_ptr<Attempt> collect(bool& any_failed) {
    progress_.clear();
    for (auto attempt = attempts_.begin(); attempt != attempts_.end();) {
      const Attempt::State state = (*attempt)->poll();
      if (state == Attempt::State::connected) {
        auto winner = std::move(*attempt);
        attempts_.erase(attempt);
        tell(winner->address(), Tried::connected);
        return winner;
      }
      if (state == Attempt::State::failed) {
        if (const auto outcome = outcome_of((*attempt)->error().kind)) {
          tell((*attempt)->address(), *outcome);
        }
        failures_.push_back((*attempt)->error());
        attempt = attempts_.erase(attempt);
        any_failed = true;
      } else {
        ++attempt;
      }
    }
    return nullptr;
  }

  /// The race is over: who had his time and said nothing?
  void tell_silent() const {
    for (const auto& attempt : attempts_) {
      if (loop_.now() - attempt->started() >= options_.attempt_delay) {
        tell(attempt->address(), Tried::silent);
      }
    }
  }

  Error out_of_time(Duration limit) const {
    const auto limit_ms = std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
    std::string message = "connect: no answer within " + std::to_string(limit_ms) + " ms";
    for (const auto& attempt : attempts_)
      message += "; " + attempt->address().to_string() + ": no answer";
    return Error{ErrorKind::timed_out, message + failure_texts("; ")};
  }

  Error all_failed() const { return Error{failures_.back().kind, "connect" + failure_texts(": ")}; }

 private:
  void tell(const SocketAddress& address, Tried outcome) const {
    if (options_.listener != nullptr) options_.listener->tried(address, outcome);
  }

  std::string failure_texts(const char* first_separator) const {
    std::string text;
    for (const Error& failure : failures_) {
      text += text.empty() ? first_separator : "; ";
      text += failure.message;
    }
    return text;
  }

  Loop& loop_;
  std::vector<SocketAddress> addresses_;
  const DialOptions& options_;
  std::size_t next_ = 0;
  TimePoint last_start_;
  Readiness progress_;
  std::vector<std::unique_ptr<Attempt>> attempts_;
  std::vector<Error> failures_;
};

Result<std::unique_ptr<TcpStream>> make_stream(Loop& loop, Attempt& winner,
                                               const TcpOptions& options) {
  auto stream = std::make_unique<TcpStream>(loop, winner.take(), winner.address());
  OUTHAUL_CHECK(stream->apply(options));
  return stream;
}

}  // namespace

std::vector<SocketAddress> alternate_families(std::vector<SocketAddress> addresses) {
  if (addresses.empty()) return addresses;
  const int family = addresses.front().family();
  std::vector<SocketAddress> first;
  std::vector<SocketAddress> second;
  for (SocketAddress& address : addresses)
    (address.family() == family ? first : second).push_back(std::move(address));
  std::vector<SocketAddress> ordered;
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) ordered.push_back(std::move(first[i]));
    if (i < second.size()) ordered.push_back(std::move(second[i]));
  }
  return ordered;
}

Task<Result<std::unique_ptr<TcpStream>>> dial(Loop& loop, std::vector<SocketAddress> addresses,
                                              DialOptions options) {
  if (addresses.empty()) {
    co_return Error{ErrorKind::invalid, "connect: no address to connect to; give at least one"};
  }
  if (options.order == DialOrder::alternate) addresses = alternate_families(std::move(addresses));
  Race race(loop, std::move(addresses), options);
  const TimePoint deadline = loop.now() + options.connect_timeout;
  bool start_now = true;
  for (;;) {
    if (start_now && race.more()) race.start_next();
    start_now = false;
    const std::unique_ptr<Attempt> winner = race.collect(start_now);
    if (winner) {
      race.tell_silent();
      co_return make_stream(loop, *winner, options.tcp);
    }
    if (start_now && race.more()) continue;
    if (!race.running()) co_return race.all_failed();

    if (loop.now() >= deadline) {
      race.tell_silent();
      co_return race.out_of_time(options.connect_timeout);
    }
    TimePoint wake = deadline;
    if (race.more()) wake = std::min(wake, race.last_start() + options.attempt_delay);
    // At least a nanosecond: a delay of nothing would wait without a limit.
    const Duration wait = std::max(wake - loop.now(), Duration(1));
    co_await wait_for(loop, race.progress(), wait);
    if (race.more() && loop.now() >= race.last_start() + options.attempt_delay) start_now = true;
  }
}

}  // namespace outhaul::net
