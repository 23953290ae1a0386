#include <csignal>
#include <memory>
#include <string>
#include <utility>

#include <unistd.h>

#include "common/async/loop.h"
#include "common/async/scope.h"
#include "common/async/signals.h"
#include "common/base/log.h"
#include "common/net/listener.h"
#include "edge/connect/edge_tunnel.h"
#include "edge/connect/service_access.h"
#include "edge/connect/stdio_stream.h"
#include "edge/exit_codes.h"
#include "edge/run.h"

namespace outhaul::edge {

namespace {

int fail(int exit_code, std::string_view message) {
  return options::print(options::failure(exit_code, message));
}

int exit_code_of(const Error& error) {
  return error.kind == ErrorKind::denied ? exit_refused : exit_internal;
}

/// One program's connection.
Task<Result<void>> serve_program(Loop& loop, const ServiceAccess& access,
                                 net::ByteStream& program) {
  auto tunnel = co_await open_edge_tunnel(loop, access);
  if (!tunnel) {
    program.reset();
    co_return std::move(tunnel.error());
  }
  co_return co_await carry(loop, program, *tunnel);
}

Task<void> serve_accepted(Loop& loop, Log& log, const ServiceAccess& access,
                          std::unique_ptr<net::TcpStream> program) {
  const Result<void> served = co_await serve_program(loop, access, *program);
  if (!served) log.warn("connection_failed", {{"message", served.error().message}});
}

Task<void> accept_programs(Loop& loop, Log& log, const ServiceAccess& access,
                           net::Listener& listener, Scope& connections) {
  for (;;) {
    auto accepted = co_await listener.accept();
    if (!accepted) {
      log.error("listener_failed", {{"message", accepted.error().message}});
      loop.stop();
      co_return;
    }
    connections.spawn(serve_accepted(loop, log, access, std::move(*accepted)));
  }
}

int serve_listener(Loop& loop, const ServiceAccess& access, const net::SocketAddress& address) {
  auto listener = net::Listener::open(loop, address, {});
  if (!listener) return fail(exit_configuration, "--listen: " + listener.error().message);
  StreamLogSink sink(STDERR_FILENO, choose_log_style(LogFormat::automatic, STDERR_FILENO));
  Log log(sink, LogLevel::info);
  log.info("connect_ready", {{"listen", (*listener)->address().to_string()},
                             {"service_id", access.service.to_string()},
                             {"edge", access.edge.to_string()}});
  Scope connections(loop);
  Scope accepting(loop);
  accepting.spawn(accept_programs(loop, log, access, **listener, connections));
  loop.run();
  return exit_ok;
}

Task<void> serve_stdio_once(Loop& loop, const ServiceAccess& access, net::ByteStream& program,
                            Result<void>& end) {
  end = co_await serve_program(loop, access, program);
  loop.stop();
}

int serve_stdio(Loop& loop, const ServiceAccess& access) {
  StdioStream program(loop, net::Fd(STDIN_FILENO), net::Fd(STDOUT_FILENO));
  Result<void> end;
  Scope connection(loop);
  connection.spawn(serve_stdio_once(loop, access, program, end));
  loop.run();
  if (!end) return fail(exit_code_of(end.error()), end.error().message);
  return exit_ok;
}

}  // namespace

int connect(const ConnectOptions& options) {
  std::signal(SIGPIPE, SIG_IGN);
  const auto access = find_service_access(options);
  if (!access) {
    const bool refused = access.error().kind == ErrorKind::denied;
    return fail(refused ? exit_refused : exit_configuration, access.error().message);
  }
  Loop loop;
  SignalWatch signals(loop, {SIGTERM, SIGINT}, [&loop](int) { loop.stop(); });
  if (options.listen) return serve_listener(loop, *access, *options.listen);
  return serve_stdio(loop, *access);
}

}  // namespace outhaul::edge
