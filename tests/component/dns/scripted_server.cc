#include "tests/component/dns/scripted_server.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace outhaul::testing {

namespace {

void require(bool ok, const char* what) {
  if (!ok) throw std::system_error(errno, std::generic_category(), what);
}

sockaddr* generic(sockaddr_in& address) {
  return reinterpret_cast<sockaddr*>(&address);
}

ScriptedServer::Request parse(const ScriptedServer::Message& query) {
  if (query.size() < 17) throw std::runtime_error("query too short");
  ScriptedServer::Request request;
  request.id = static_cast<std::uint16_t>((query[0] << 8) | query[1]);
  request.edns = query[11] != 0;
  std::size_t position = 12;
  while (query.at(position) != 0) {
    const std::size_t size = query[position++];
    if (!request.name.empty()) request.name += '.';
    for (std::size_t i = 0; i < size; ++i)
      request.name += static_cast<char>(query.at(position++));
  }
  request.type = static_cast<std::uint16_t>((query.at(position + 1) << 8) | query.at(position + 2));
  return request;
}

}  // namespace

/// Serves one query after the other.
class ScriptedServer::TcpConnection final : private FdHandler {
 public:
  TcpConnection(ScriptedServer& server, int fd) : server_(server), fd_(fd) {
    // A whole answer fits: the reader runs on this same thread.
    const int room = 1 << 20;
    setsockopt(fd_, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    server_.loop_.add(fd_, EPOLLIN, *this);
  }
  TcpConnection(const TcpConnection&) = delete;
  TcpConnection& operator=(const TcpConnection&) = delete;
  ~TcpConnection() {
    server_.loop_.remove(fd_, *this);
    close(fd_);
  }

 private:
  void on_fd_events(std::uint32_t) override {
    std::array<unsigned char, 4096> part;
    const ssize_t count = recv(fd_, part.data(), part.size(), MSG_DONTWAIT);
    if (count <= 0) {
      server_.loop_.modify(fd_, 0, *this);
      return;
    }
    input_.insert(input_.end(), part.begin(), part.begin() + count);
    while (input_.size() >= 2) {
      const std::size_t size = (std::size_t{input_[0]} << 8) | input_[1];
      if (input_.size() < size + 2) return;
      const auto end = input_.begin() + 2 + static_cast<std::ptrdiff_t>(size);
      const Message query(input_.begin() + 2, end);
      input_.erase(input_.begin(), end);
      for (Message answer : server_.serve(query, true, 0)) {
        const std::size_t length = answer.size();
        answer.insert(answer.begin(), {static_cast<unsigned char>(length >> 8),
                                       static_cast<unsigned char>(length & 0xff)});
        require(send(fd_, answer.data(), answer.size(), MSG_NOSIGNAL) ==
                    static_cast<ssize_t>(answer.size()),
                "send answer over TCP");
      }
    }
  }

  ScriptedServer& server_;
  int fd_;
  Message input_;
};

ScriptedServer::ScriptedServer(Loop& loop, const char* ip, std::uint16_t port, Script script)
    : loop_(loop), script_(std::move(script)) {
  address_.sin_family = AF_INET;
  address_.sin_port = htons(port);
  inet_pton(AF_INET, ip, &address_.sin_addr);
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  udp_ = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  require(bind(listener_, generic(address_), sizeof address_) == 0, "bind TCP");
  socklen_t size = sizeof address_;
  getsockname(listener_, generic(address_), &size);
  require(bind(udp_, generic(address_), sizeof address_) == 0, "bind UDP");
  require(listen(listener_, 16) == 0, "listen");
  loop_.add(listener_, EPOLLIN, *this);
  loop_.add(udp_, EPOLLIN, *this);
}

ScriptedServer::~ScriptedServer() {
  connections_.clear();
  for (const int fd : {udp_, listener_}) {
    loop_.remove(fd, *this);
    close(fd);
  }
}

dns::ServerAddress ScriptedServer::address() const {
  return {IpAddress::from(address_.sin_addr), ntohs(address_.sin_port)};
}

std::size_t ScriptedServer::count(std::uint16_t type) const {
  return static_cast<std::size_t>(
      std::count_if(requests_.begin(), requests_.end(),
                    [type](const Request& request) { return request.type == type; }));
}

void ScriptedServer::let_go() {
  held_ = false;
  for (const auto& send_kept : std::exchange(kept_, {}))
    send_kept();
}

void ScriptedServer::on_fd_events(std::uint32_t) {
  read_udp();
  accept_tcp();
}

void ScriptedServer::read_udp() {
  while (true) {
    Message query(4096);
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const ssize_t count = recvfrom(udp_, query.data(), query.size(), 0, generic(from), &size);
    if (count < 0) return;
    query.resize(static_cast<std::size_t>(count));
    const auto answers = serve(query, false, ntohs(from.sin_port));
    auto send_all = [this, answers, from]() mutable {
      for (const Message& answer : answers)
        sendto(udp_, answer.data(), answer.size(), 0, generic(from), sizeof from);
    };
    if (held_) {
      kept_.emplace_back(std::move(send_all));
    } else {
      send_all();
    }
  }
}

void ScriptedServer::accept_tcp() {
  while (true) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    connections_.push_back(std::make_unique<TcpConnection>(*this, fd));
  }
}

std::vector<ScriptedServer::Message> ScriptedServer::serve(const Message& query, bool tcp,
                                                           std::uint16_t source_port) {
  Request request = parse(query);
  request.tcp = tcp;
  request.source_port = source_port;
  requests_.push_back(request);
  return script_(request);
}

}  // namespace outhaul::testing
