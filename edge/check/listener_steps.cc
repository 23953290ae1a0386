#include "edge/check/listener_steps.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/http/status_call.h"
#include "common/net/fd.h"

namespace outhaul::edge::check {

namespace {

/// 0, or what listening there would fail with. Nothing listens after it.
int try_address(const net::SocketAddress& address) {
  const net::Fd socket(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return errno;
  const int on = 1;
  const int off = 0;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.family() == AF_INET6) {
    ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  }
  return ::bind(socket.get(), address.native(), address.native_length()) == 0 ? 0 : errno;
}

/// The same of a unix socket, whose file must not be touched: EADDRINUSE when somebody listens.
int try_unix_path(const std::string& path) {
  std::error_code failure;
  const auto status = std::filesystem::status(path, failure);
  if (status.type() == std::filesystem::file_type::not_found) {
    const std::string folder = std::filesystem::absolute(path, failure).parent_path().string();
    return ::access(folder.c_str(), W_OK | X_OK) == 0 ? 0 : errno;
  }
  if (status.type() != std::filesystem::file_type::socket) return EEXIST;
  const auto address = net::SocketAddress::unix_path(path);
  const net::Fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!address || !probe) return EINVAL;
  if (::connect(probe.get(), address->native(), address->native_length()) == 0) return EADDRINUSE;
  // A file that a dead process left is replaced.
  return errno == ECONNREFUSED ? 0 : errno;
}

std::string advice_for(int problem, const net::SocketAddress& address, const std::string& option) {
  const std::string another = "or choose another with --" + option;
  switch (problem) {
    case EADDRINUSE:
      return "another program listens there: find it with ss -ltnp" +
             std::string(address.is_unix() ? "x" : "") + " and stop it, " + another;
    case EADDRNOTAVAIL:
      return "this machine has no such address: look at ip address, " + another;
    case EACCES:
      return address.is_unix()
                 ? "this user may not make a socket there: run this as the edge's user, " + another
                 : "ports below 1024 need a right: in systemctl edit outhaul-edge, "
                   "AmbientCapabilities=CAP_NET_BIND_SERVICE (the unit's comment has the rest), " +
                       another;
    case ENOENT:
      return "its directory does not exist: make it, " + another;
    case EEXIST:
      return "a file that is no socket is there: move it away, " + another;
    default:
      return system_error(problem, "listen").message + "; " + another;
  }
}

class Listeners {
 public:
  Listeners(bool running, const std::optional<DirectoryView>& view)
      : running_(running), view_(view) {}

  Step look(std::string name, const net::SocketAddress& address, const std::string& option) const;
  Step look_at_status(const net::SocketAddress& address) const;
  void check_service(const std::string& service, Step& step) const;

 private:
  bool is_ours(const net::SocketAddress& address) const;

  bool running_;
  const std::optional<DirectoryView>& view_;
};

bool Listeners::is_ours(const net::SocketAddress& address) const {
  // An edge that does not say is given the benefit of the doubt.
  if (!view_ || !view_->listeners) return true;
  return std::ranges::find(*view_->listeners, address.to_string()) != view_->listeners->end();
}

Step Listeners::look(std::string name, const net::SocketAddress& address,
                     const std::string& option) const {
  const diagnosis::Stopwatch watch;
  Step step{.name = std::move(name), .state = State::ok, .detail = address.to_string()};
  const bool any_port = address.is_ip() && address.port() == 0;
  const int problem = any_port            ? 0
                      : address.is_unix() ? try_unix_path(address.path())
                                          : try_address(address);
  if (any_port) {
    step.detail += ", any free port";
  } else if (!running_ && problem == 0) {
    step.detail += ", free";
  } else if (running_ && problem == EADDRINUSE && is_ours(address)) {
    step.detail += ", the running edge listens";
  } else if (running_ && (problem == 0 || !is_ours(address))) {
    step.fail(problem == 0 ? "nobody listens" : "the running edge does not listen there",
              "the edge that runs was started with another --" + option + ": restart it" +
                  (problem == EADDRINUSE ? ", once the other program there is stopped" : ""));
  } else {
    step.fail("", advice_for(problem, address, option));
  }
  step.time = watch.read();
  return step;
}

/// Its own pages tell that it is the edge.
Step Listeners::look_at_status(const net::SocketAddress& address) const {
  if (!running_) return look("status", address, "status-listen");
  const diagnosis::Stopwatch watch;
  Step step{.name = "status", .state = State::ok, .detail = address.to_string()};
  const auto answer = http::call_status(address, "GET", "/ready");
  if (!answer) {
    step.fail("", answer.error().message);
  } else if (answer->status == 200) {
    step.detail += ", ready";
  } else {
    step.warn(answer->body.substr(0, answer->body.find('\n')),
              "load balancers send nothing here until outhaul-edge ready says so");
  }
  step.time = watch.read();
  return step;
}

void Listeners::check_service(const std::string& service, Step& step) const {
  if (service.empty()) return;
  step.detail += ", for service " + service;
  if (!view_) return;
  const bool known = std::ranges::any_of(view_->services, [&](const DirectoryView::Service& each) {
    return each.id == service || each.name == service;
  });
  if (known) return;
  step.warn("", "there is no service " + service +
                    ": outhaul-edge service create, or correct --binding-listen");
}

}  // namespace

std::vector<Step> check_listeners(const ServeOptions& options, bool running,
                                  const std::optional<DirectoryView>& view) {
  const Listeners listeners(running, view);
  std::vector<Step> steps;
  for (const net::SocketAddress& address : options.agent_listen)
    steps.push_back(listeners.look("agents", address, "agent-listen"));
  for (const BindingListen& where : options.binding_listen) {
    steps.push_back(listeners.look("clients", where.address, "binding-listen"));
    listeners.check_service(where.service, steps.back());
  }
  for (const net::SocketAddress& address : options.status_listen.addresses)
    steps.push_back(listeners.look_at_status(address));
  return steps;
}

}  // namespace outhaul::edge::check
