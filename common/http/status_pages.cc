#include "common/http/status_pages.h"

#include <utility>

#include "common/async/combinators.h"
#include "common/base/metrics_text.h"
#include "common/http/single_exchange.h"
#include "common/net/io.h"

namespace outhaul::http {

namespace {

constexpr std::chrono::seconds step_time{10};
constexpr std::size_t connections_maximum = 32;
constexpr std::string_view level_query = "level=";

/// Ends the count of a connection when it has been served.
class Served {
 public:
  explicit Served(std::size_t& count) : count_(count) {}
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;
  ~Served() { --count_; }

 private:
  std::size_t& count_;
};

bool shows_figures(std::string_view path) {
  return path.starts_with("/metrics") || path.starts_with("/status");
}

bool is_loopback(const IpAddress& address) {
  const Bytes bytes = address.bytes();
  if (bytes.size() == 4) return bytes.front() == std::byte{127};
  return address.to_string() == "::1";
}

}  // namespace

Result<void> StatusPages::listen(const net::SocketAddress& address) {
  net::ListenOptions options;
  options.unix_mode = 0660;
  OUTHAUL_TRY(listener, net::Listener::open(loop_, address, options));
  listeners_.push_back(std::move(listener));
  tasks_.spawn(accept_all(*listeners_.back()));
  return {};
}

void StatusPages::close() {
  tasks_.cancel_all();
  listeners_.clear();
}

std::vector<net::SocketAddress> StatusPages::addresses() const {
  std::vector<net::SocketAddress> addresses;
  for (const auto& listener : listeners_)
    addresses.push_back(listener->address());
  return addresses;
}

Task<void> StatusPages::accept_all(net::Listener& listener) {
  const Access access = listener.address().is_unix() ? Access::full : Access::read_only;
  for (;;) {
    auto accepted = co_await listener.accept();
    if (!accepted) {
      log_.error("status_listener_failed", {{"message", accepted.error().message}});
      co_return;
    }
    // Over the bound a connection is closed at once, so that its client tries again.
    if (connections_ >= connections_maximum) continue;
    // Counted now: the task begins later, when more connections may have been taken.
    ++connections_;
    tasks_.spawn(serve(std::move(*accepted), access));
  }
}

Task<void> StatusPages::serve(std::unique_ptr<net::TcpStream> stream, Access access) {
  const Served served(connections_);
  const Result<void> answered = co_await answer(*stream, access);
  if (!answered) {
    log_.debug("status_request_failed", {{"message", answered.error().message}});
  }
}

Task<Result<void>> StatusPages::answer(net::ByteStream& stream, Access access) {
  Task<Result<WholeRequest>> reading = read_whole_request(stream, 0);
  const Result<WholeRequest> request =
      co_await with_deadline(loop_, std::move(reading), step_time, "the request");
  Reply reply{.status = 400, .body = {}};
  if (request) {
    if (shows_figures(request->head.path)) co_await source_.collect();
    reply = reply_to(request->head, access);
  } else if (request.error().kind == ErrorKind::invalid) {
    reply.body = request.error().message + "\n";
  } else {
    co_return request.error();
  }
  const std::string text = whole_response(reply.status, reply.content_type, reply.body);
  Task<Result<void>> writing = net::write_all(stream, as_bytes(text));
  OUTHAUL_CO_CHECK(written,
                   co_await with_deadline(loop_, std::move(writing), step_time, "the answer"));
  co_return co_await net::shutdown(stream);
}

StatusPages::Reply StatusPages::reply_to(const RequestHead& head, Access access) {
  const std::string_view target = head.path;
  const std::size_t question = target.find('?');
  const std::string_view path = target.substr(0, question);
  if (path == "/log-level") {
    if (head.method != "POST") return {.status = 405, .body = "POST /log-level?level=LEVEL\n"};
    if (access != Access::full) {
      return {.status = 403, .body = "the log level is changed over a unix socket only\n"};
    }
    return set_log_level(question == std::string_view::npos ? "" : target.substr(question + 1));
  }
  if (head.method != "GET") return {.status = 405, .body = "only GET\n"};
  return page(path);
}

StatusPages::Reply StatusPages::page(std::string_view path) const {
  if (path == "/metrics") {
    return {.content_type = MetricsWriter::content_type, .body = source_.metrics()};
  }
  if (path == "/status") return {.content_type = "application/json", .body = source_.status()};
  if (path == "/healthz") return {.body = "ok\n"};
  if (path == "/ready") {
    if (const auto reason = source_.not_ready()) return {.status = 503, .body = *reason + "\n"};
    return {.body = "ready\n"};
  }
  return {.status = 404, .body = "no such page: /metrics, /ready, /healthz and /status are\n"};
}

StatusPages::Reply StatusPages::set_log_level(std::string_view query) {
  const auto level =
      parse_log_level(query.starts_with(level_query) ? query.substr(level_query.size()) : "");
  if (!level) return {.status = 400, .body = "level: " + level.error().message + "\n"};
  const LogLevel previous = log_.level();
  // The change shows in the log whichever of the two levels would keep it out.
  if (*level > LogLevel::info) log_.info("log_level", {{"level", to_string(*level)}});
  log_.set_level(*level);
  if (*level <= LogLevel::info) {
    log_.info("log_level", {{"level", to_string(*level)}, {"previous", to_string(previous)}});
  }
  return {.body = std::string(to_string(*level)) + "\n"};
}

Result<void> open_status_pages(StatusPages& pages, const StatusListening& where, Log& log) {
  for (const net::SocketAddress& address : where.addresses) {
    const auto opened = pages.listen(address);
    if (opened) continue;
    if (!where.by_default) return opened.error();
    log.warn("status_listen", {{"message", opened.error().message},
                               {"advice", "give --status-listen another address, or none"}});
  }
  for (const net::SocketAddress& address : pages.addresses()) {
    log.info("status_listen", {{"address", address.to_string()}});
    if (address.is_ip() && !is_loopback(address.ip())) {
      log.warn("status_listen", {{"address", address.to_string()},
                                 {"message",
                                  "other machines can read the status pages, which "
                                  "name services and edges"}});
    }
  }
  return {};
}

}  // namespace outhaul::http
