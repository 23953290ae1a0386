#pragma once

#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/ip_address.h"
#include "common/dns/server_set.h"

namespace outhaul::testing {

inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

inline std::uint16_t free_port() {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool bound = bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(fd);
  if (!bound) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

inline bool accepts(std::uint16_t port) {
  const sockaddr_in address = loopback(port);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool connected =
      connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return connected;
}

/// A real dnsmasq that knows these records and nobody else.
class Dnsmasq {
 public:
  explicit Dnsmasq(std::vector<std::string> records) : port_(free_port()) {
    std::vector<std::string> arguments{"dnsmasq",
                                       "--keep-in-foreground",
                                       "--conf-file=/dev/null",
                                       "--no-resolv",
                                       "--no-hosts",
                                       "--pid-file",
                                       "--user=",
                                       "--bind-interfaces",
                                       "--listen-address=127.0.0.1",
                                       "--log-facility=/dev/null",
                                       "--local=/internal/",
                                       "--port=" + std::to_string(port_)};
    arguments.insert(arguments.end(), records.begin(), records.end());
    std::vector<char*> argv;
    for (std::string& argument : arguments)
      argv.push_back(argument.data());
    argv.push_back(nullptr);
    if (posix_spawn(&pid_, "/usr/sbin/dnsmasq", nullptr, nullptr, argv.data(), environ) != 0) {
      throw std::runtime_error("cannot start /usr/sbin/dnsmasq");
    }
    // The event is a port that answers; only asking tells.
    while (!accepts(port_)) {
      if (waitpid(pid_, nullptr, WNOHANG) != 0) throw std::runtime_error("dnsmasq has ended");
      usleep(2000);
    }
  }
  Dnsmasq(const Dnsmasq&) = delete;
  Dnsmasq& operator=(const Dnsmasq&) = delete;
  ~Dnsmasq() {
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }

  dns::ServerSet set() const {
    return dns::ServerSet::of({{*IpAddress::parse("127.0.0.1"), port_}});
  }

 private:
  std::uint16_t port_;
  pid_t pid_ = -1;
};

}  // namespace outhaul::testing
