#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/component/dns/fixture.h"

using namespace outhaul;
using namespace outhaul::testing;
using outhaul::dns::Outcome;
using outhaul::dns::Resolver;
using outhaul::dns::ServerSet;

namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

std::uint16_t free_port() {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool bound = bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(fd);
  if (!bound) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

bool accepts(std::uint16_t port) {
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

  ServerSet set() const { return ServerSet::of({{*IpAddress::parse("127.0.0.1"), port_}}); }

 private:
  std::uint16_t port_;
  pid_t pid_ = -1;
};

}  // namespace

TEST_CASE("a real server: addresses, CNAME, TTL, unknown names, large answers") {
  std::vector<std::string> records{
      "--host-record=app.internal,10.0.0.5,fd00::5,77", "--cname=www.internal,app.internal,33",
      "--host-record=four.internal,10.0.0.4", "--txt-record=text.internal,hello"};
  for (int i = 0; i < 200; ++i)
    records.push_back("--host-record=many.internal,10.2.0." + std::to_string(i));
  const Dnsmasq dnsmasq(records);
  Loop loop;
  Resolver resolver(loop, quick_options());

  Outcome outcome = look_up(loop, resolver, "app.internal", dnsmasq.set());
  CHECK(addresses(outcome) == "fd00::5 10.0.0.5");
  CHECK(outcome.resolution.addresses[0].ttl_s == 77);

  outcome = look_up(loop, resolver, "www.internal", dnsmasq.set());
  CHECK(addresses(outcome) == "fd00::5 10.0.0.5");
  CHECK(outcome.resolution.families[0].answer.chain == std::vector<std::string>{"app.internal"});
  CHECK(outcome.resolution.families[0].answer.ttl_s == 33);

  CHECK(addresses(look_up(loop, resolver, "four.internal", dnsmasq.set())) == "10.0.0.4");
  CHECK(look_up(loop, resolver, "text.internal", dnsmasq.set()).rcode == "NODATA");
  CHECK(look_up(loop, resolver, "none.internal", dnsmasq.set()).rcode == "NXDOMAIN");
  // Nothing upstream: dnsmasq refuses.
  CHECK(look_up(loop, resolver, "example.com", dnsmasq.set()).rcode == "REFUSED");
  // 200 records do not fit a datagram of 1232 bytes.
  CHECK(look_up(loop, resolver, "many.internal", dnsmasq.set()).resolution.addresses.size() == 64);
}
