#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/async/loop.h"
#include "common/async/scope.h"
#include "common/async/task.h"
#include "common/base/log.h"
#include "common/base/result.h"
#include "common/http/message.h"
#include "common/net/listener.h"
#include "common/net/socket_address.h"

namespace outhaul::http {

/// What a program shows of itself. Asked at the time of the request, on the loop's thread.
class StatusSource {
 public:
  /// Collects what metrics() and status() are about to show, from other loops say. The source
  /// outlives the task.
  virtual Task<void> collect() const { co_return; }
  /// In the Prometheus text format.
  virtual std::string metrics() const = 0;
  /// One JSON object.
  virtual std::string status() const = 0;
  /// Why a request could not be served now; nothing when it could.
  virtual std::optional<std::string> not_ready() const = 0;

 protected:
  ~StatusSource() = default;
};

/// The status pages of a program, by GET over HTTP/1.1, one request a connection:
///
///   /metrics    for Prometheus
///   /ready      200 when the program can carry a request, else 503 and the reason
///   /healthz    200: the loop turns
///   /status     JSON, for `outhaul status`
///   /log-level  POST /log-level?level=debug, on unix sockets only: the file's mode says who may
///
/// At most 32 connections are served at a time; each has ten seconds for its request and ten for
/// its answer.
class StatusPages {
 public:
  /// All must outlive the pages.
  StatusPages(Loop& loop, Log& log, const StatusSource& source)
      : loop_(loop), log_(log), source_(source), tasks_(loop) {}

  /// Serves there, from now on. A unix socket gets mode 0660. The error names the address.
  Result<void> listen(const net::SocketAddress& address);
  /// Takes no more connections and drops those that are there.
  void close();
  /// As they are bound, with their real ports.
  std::vector<net::SocketAddress> addresses() const;

 private:
  struct Reply {
    int status = 200;
    std::string_view content_type = "text/plain; charset=utf-8";
    std::string body;
  };
  enum class Access : std::uint8_t { read_only, full };

  Task<void> accept_all(net::Listener& listener);
  Task<void> serve(std::unique_ptr<net::TcpStream> stream, Access access);
  Task<Result<void>> answer(net::ByteStream& stream, Access access);
  Reply reply_to(const RequestHead& head, Access access);
  Reply page(std::string_view path) const;
  Reply set_log_level(std::string_view query);

  Loop& loop_;
  Log& log_;
  const StatusSource& source_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  std::size_t connections_ = 0;
  Scope tasks_;
};

/// Where a status page listens.
struct StatusListening {
  std::vector<net::SocketAddress> addresses;
  /// Nobody asked for it: that it cannot be had is no reason to end.
  bool by_default = false;
};

/// Opens all of them and says in the log where; an address that other machines reach gets a
/// warning. Error: one that was asked for cannot be had.
Result<void> open_status_pages(StatusPages& pages, const StatusListening& where, Log& log);

}  // namespace outhaul::http
