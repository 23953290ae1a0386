#include "common/net/dial.h"

#include <string>

#include <doctest/doctest.h>
#include <unistd.h>

#include "common/net/io.h"
#include "tests/common/net/socket_fixture.h"

using namespace outhaul;
using namespace outhaul::net;
using namespace outhaul::net::testing;

namespace {

using Dialled = Result<std::unique_ptr<TcpStream>>;

Task<void> dial_into(Loop& loop, std::vector<SocketAddress> addresses, DialOptions options,
                     Dialled& result) {
  result = co_await dial(loop, std::move(addresses), std::move(options));
}

Dialled dial_now(Loop& loop, std::vector<SocketAddress> addresses, DialOptions options = {}) {
  Dialled result = Error{};
  outhaul::testing::run_task(loop,
                             dial_into(loop, std::move(addresses), std::move(options), result));
  return result;
}

void check_message(const Dialled& result, ErrorKind kind,
                   std::initializer_list<std::string> fragments) {
  REQUIRE_FALSE(result);
  CAPTURE(result.error().message);
  CHECK(to_string(result.error().kind) == to_string(kind));
  for (const std::string& fragment : fragments) {
    CAPTURE(fragment);
    CHECK(result.error().message.find(fragment) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("dial connects and says to which address") {
  Loop loop;
  const auto listener = listen_on(loop, loopback());
  DialOptions options;
  options.tcp.user_timeout = std::chrono::seconds(30);
  const auto stream = dial_now(loop, {listener->address()}, options);
  REQUIRE(stream);
  CHECK((*stream)->peer_address() == listener->address());
  CHECK((*stream)->writable().is_set());
}

TEST_CASE("dial goes on at once when an address refuses") {
  Loop loop;
  const DeadPort dead;
  const auto listener = listen_on(loop, loopback());
  DialOptions options;
  // If it waited for this, the test would never end.
  options.attempt_delay = std::chrono::hours(100);
  options.connect_timeout = std::chrono::hours(200);
  const auto stream =
      dial_now(loop, {dead.address(), dead.address(), listener->address()}, options);
  REQUIRE(stream);
  CHECK((*stream)->peer_address() == listener->address());
}

TEST_CASE("dial does not wait for a silent address") {
  Loop loop;
  const BlackHole silent;
  const auto listener = listen_on(loop, loopback());
  DialOptions options;
  options.attempt_delay = std::chrono::milliseconds(1);
  options.connect_timeout = std::chrono::hours(1);
  const auto stream = dial_now(loop, {silent.address(), listener->address()}, options);
  REQUIRE(stream);
  CHECK((*stream)->peer_address() == listener->address());
}

namespace {

class Listening final : public DialListener {
 public:
  void tried(const SocketAddress& address, Tried outcome) override {
    heard.emplace_back(address, outcome);
  }
  std::vector<std::pair<SocketAddress, Tried>> heard;
};

}  // namespace

TEST_CASE("a listener hears what came of each address that had its turn") {
  Loop loop;
  const DeadPort dead;
  const BlackHole silent;
  const auto listener = listen_on(loop, loopback());
  const auto unused = listen_on(loop, loopback());
  Listening heard;
  DialOptions options;
  options.attempt_delay = std::chrono::milliseconds(5);
  options.connect_timeout = std::chrono::hours(1);
  options.listener = &heard;
  REQUIRE(dial_now(loop, {dead.address(), silent.address(), listener->address(), unused->address()},
                   options));
  using Heard = std::pair<SocketAddress, Tried>;
  CHECK(heard.heard == std::vector<Heard>{{dead.address(), Tried::refused},
                                          {listener->address(), Tried::connected},
                                          {silent.address(), Tried::silent}});

  heard.heard.clear();
  options.connect_timeout = std::chrono::milliseconds(20);
  CHECK_FALSE(dial_now(loop, {silent.address()}, options));
  CHECK(heard.heard == std::vector<Heard>{{silent.address(), Tried::silent}});

  // Overtaken, but not slow: nothing is known of it.
  heard.heard.clear();
  options.attempt_delay = std::chrono::hours(100);
  options.connect_timeout = std::chrono::milliseconds(20);
  CHECK_FALSE(dial_now(loop, {silent.address()}, options));
  CHECK(heard.heard.empty());
}

TEST_CASE("the order is the caller's when he says so") {
  Loop loop;
  const DeadPort dead;
  const auto six = Listener::open(loop, {*IpAddress::parse("::1"), 0}, {});
  if (!six) return;  // no IPv6 on this machine
  const auto first = listen_on(loop, loopback());
  DialOptions options;
  options.attempt_delay = std::chrono::hours(100);
  options.order = DialOrder::as_given;
  auto stream = dial_now(loop, {dead.address(), first->address(), (*six)->address()}, options);
  REQUIRE(stream);
  CHECK((*stream)->peer_address() == first->address());
  options.order = DialOrder::alternate;
  stream = dial_now(loop, {dead.address(), first->address(), (*six)->address()}, options);
  REQUIRE(stream);
  CHECK((*stream)->peer_address() == (*six)->address());
}

TEST_CASE("what dial reports") {
  Loop loop;
  const DeadPort dead;
  const DeadPort other;
  const BlackHole silent;
  DialOptions brief;
  brief.connect_timeout = std::chrono::milliseconds(20);
  brief.attempt_delay = std::chrono::milliseconds(1);

  check_message(dial_now(loop, {dead.address(), other.address()}), ErrorKind::refused,
                {dead.address().to_string(), other.address().to_string(), "refused"});
  check_message(dial_now(loop, {silent.address(), dead.address()}, brief), ErrorKind::timed_out,
                {"20 ms", silent.address().to_string() + ": no answer",
                 dead.address().to_string() + ": Connection refused"});
  check_message(dial_now(loop, {}), ErrorKind::invalid, {"no address"});
  const auto nowhere = *SocketAddress::unix_path("/tmp/outhaul-no-such.sock");
  check_message(dial_now(loop, {dead.address(), nowhere}), ErrorKind::not_found,
                {"unix:/tmp/outhaul-no-such.sock"});
}

TEST_CASE("a dial that is given up leaves nothing behind") {
  Loop loop;
  const BlackHole silent;
  Dialled result = Error{};
  {
    Scope scope(loop);
    scope.spawn(dial_into(loop, {silent.address()}, {}, result));
    loop.run_turn(Duration::zero());
    loop.run_turn(Duration::zero());
  }
  loop.run_turn(Duration::zero());
  CHECK_FALSE(result);
}

TEST_CASE("dial reaches unix sockets") {
  Loop loop;
  const auto address =
      *SocketAddress::unix_path("/tmp/outhaul-dial-" + std::to_string(getpid()) + ".sock");
  auto listener = listen_on(loop, address);
  CHECK(dial_now(loop, {address}));
  listener.reset();
  check_message(dial_now(loop, {address}), ErrorKind::not_found, {address.to_string()});
}

TEST_CASE("families alternate, each in its own order, the first one's first") {
  const auto four = [](std::uint16_t port) {
    return SocketAddress(*IpAddress::parse("127.0.0.1"), port);
  };
  const auto six = [](std::uint16_t port) { return SocketAddress(*IpAddress::parse("::1"), port); };
  CHECK(alternate_families({six(1), six(2), six(3), four(1), four(2)}) ==
        std::vector<SocketAddress>{six(1), four(1), six(2), four(2), six(3)});
  CHECK(alternate_families({four(1), six(1), six(2)}) ==
        std::vector<SocketAddress>{four(1), six(1), six(2)});
  CHECK(alternate_families({}).empty());
}

TEST_CASE("dial from an address of this machine, and from one that is none") {
  Loop loop;
  const auto listener = listen_on(loop, loopback());
  DialOptions options;
  DialSource source = *DialSource::parse("127.0.0.9");
  options.source = &source;
  const auto stream = dial_now(loop, {listener->address()}, options);
  REQUIRE(stream);
  CHECK((*stream)->local_address().ip().to_string() == "127.0.0.9");

  source = *DialSource::parse("192.0.2.1");
  check_message(dial_now(loop, {listener->address()}, options), ErrorKind::not_found,
                {"192.0.2.1 is not an address of this machine"});
  source = *DialSource::parse("::1");
  check_message(dial_now(loop, {listener->address()}, options), ErrorKind::invalid,
                {"::1 is of the other family"});
  source = *DialSource::parse("no-such-if0");
  const auto refused = dial_now(loop, {listener->address()}, options);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("no-such-if0") != std::string::npos);
}
