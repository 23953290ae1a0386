#include "common/net/listener.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <dirent.h>
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/common/net/socket_fixture.h"

using namespace outhaul;
using namespace outhaul::net;
using namespace outhaul::net::testing;

namespace {

Task<void> accept_count(Listener& listener, std::size_t count,
                        std::vector<std::unique_ptr<TcpStream>>& streams) {
  while (streams.size() < count) {
    auto accepted = co_await listener.accept();
    REQUIRE(accepted);
    streams.push_back(std::move(*accepted));
  }
}

/// Lets this process open `spare` more descriptors, until destroyed.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(rlim_t spare) {
    REQUIRE(getrlimit(RLIMIT_NOFILE, &before_) == 0);
    // The lowest free number tells how many are in use, as long as there are no gaps below it.
    Fd lowest(dup(0));
    rlimit lowered = before_;
    lowered.rlim_cur = static_cast<rlim_t>(lowest.get()) + spare;
    REQUIRE(setrlimit(RLIMIT_NOFILE, &lowered) == 0);
  }
  ~DescriptorLimit() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

std::string socket_path(const char* name) {
  return "/tmp/outhaul-" + std::string(name) + "-" + std::to_string(getpid()) + ".sock";
}

}  // namespace

TEST_CASE("port 0 becomes a real one, and a taken port is named") {
  Loop loop;
  const auto listener = listen_on(loop, loopback());
  CHECK(listener->address().port() != 0);
  const auto taken = Listener::open(loop, listener->address(), {});
  REQUIRE_FALSE(taken);
  CHECK(taken.error().message.find(listener->address().to_string()) != std::string::npos);
}

TEST_CASE("a dual-stack listener takes both families and shows IPv4 peers as such") {
  Loop loop;
  const auto listener = listen_on(loop, SocketAddress(*IpAddress::parse("::"), 0));
  const std::uint16_t port = listener->address().port();
  const Fd four = plain_connect(loopback(port));
  const Fd six = plain_connect(SocketAddress(*IpAddress::parse("::1"), port));
  std::vector<std::unique_ptr<TcpStream>> streams;
  outhaul::testing::run_task(loop, accept_count(*listener, 2, streams));
  CHECK(streams[0]->peer_address().ip().to_string() == "127.0.0.1");
  CHECK(streams[1]->peer_address().ip().to_string() == "::1");

  const auto only = listen_on(loop, SocketAddress(*IpAddress::parse("::"), 0),
                              {.ipv6 = Ipv6Listening::ipv6_only, .tcp = {}});
  const Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const SocketAddress address = loopback(only->address().port());
  CHECK(connect(fd.get(), address.native(), address.native_length()) == -1);
}

TEST_CASE("a burst is accepted in portions, so that a turn ends") {
  Loop loop;
  const auto listener = listen_on(loop, loopback());
  std::vector<Fd> clients;
  for (int i = 0; i < 40; ++i)
    clients.push_back(plain_connect(listener->address()));
  std::vector<std::unique_ptr<TcpStream>> streams;
  Scope scope(loop);
  scope.spawn(accept_count(*listener, 40, streams));
  std::size_t largest = 0;
  for (std::size_t seen = 0; seen < 40;) {
    loop.run_turn(std::chrono::seconds(1));
    largest = std::max(largest, streams.size() - seen);
    seen = streams.size();
  }
  CHECK(largest <= 32);  // at most two portions: one before and one after the turn's timers
  CHECK(largest >= 16);
}

TEST_CASE("without descriptors clients are turned away, one each pause") {
  Loop loop;
  auto listener = listen_on(loop, loopback());
  constexpr std::size_t client_count = 60;
  std::vector<Fd> clients;
  for (std::size_t i = 0; i < client_count; ++i)
    clients.push_back(plain_connect(listener->address()));
  std::vector<std::unique_ptr<TcpStream>> streams;
  Scope scope(loop);
  scope.spawn(accept_count(*listener, 2, streams));
  const TimePoint begin = LoopClock::now();
  {
    const DescriptorLimit limit(1);
    while (listener->turned_away() == 0)
      loop.run_turn(std::chrono::seconds(1));
    // One descriptor: the first client got it.
    CHECK(streams.size() == 1);
    char byte = 0;
    CHECK(recv(clients[1].get(), &byte, 1, 0) <= 0);
    // A busy loop would get rid of them all in as many turns.
    for (std::size_t i = 0; i < client_count; ++i)
      loop.run_turn(Duration::zero());
    const auto pauses = (LoopClock::now() - begin) / std::chrono::milliseconds(100);
    CHECK(listener->turned_away() <= static_cast<std::uint64_t>(pauses) + 1);
  }
  // Descriptors are back: the next client is served.
  while (streams.size() < 2)
    loop.run_turn(std::chrono::seconds(1));
}

TEST_CASE("a unix socket has its mode, replaces a dead one and leaves no file") {
  Loop loop;
  const std::string path = socket_path("listen");
  const SocketAddress address = *SocketAddress::unix_path(path);
  {
    // What a killed process leaves behind.
    const Fd dead(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(bind(dead.get(), address.native(), address.native_length()) == 0);
  }
  auto listener = listen_on(loop, address, {.unix_mode = 0600, .tcp = {}});
  struct stat status{};
  REQUIRE(stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);

  const auto second = Listener::open(loop, address, {});
  REQUIRE_FALSE(second);
  CHECK(second.error().message.find(path) != std::string::npos);

  const Fd client = plain_connect(address);
  std::vector<std::unique_ptr<TcpStream>> streams;
  outhaul::testing::run_task(loop, accept_count(*listener, 1, streams));
  CHECK(streams[0]->peer_address().to_string() == "unix:");
  listener.reset();
  CHECK(stat(path.c_str(), &status) == -1);
}

TEST_CASE("a successor's unix socket file is left alone") {
  Loop loop;
  const std::string path = socket_path("successor");
  const SocketAddress address = *SocketAddress::unix_path(path);
  auto first = listen_on(loop, address);
  REQUIRE(unlink(path.c_str()) == 0);
  const auto second = listen_on(loop, address);
  first.reset();
  struct stat status{};
  CHECK(stat(path.c_str(), &status) == 0);
}

TEST_CASE("a file that is no socket is not removed") {
  Loop loop;
  const std::string path = socket_path("file");
  std::FILE* file = std::fopen(path.c_str(), "w");
  REQUIRE(file != nullptr);
  std::fclose(file);
  CHECK_FALSE(Listener::open(loop, *SocketAddress::unix_path(path), {}));
  CHECK(access(path.c_str(), F_OK) == 0);
  unlink(path.c_str());
}
