// Reaching an edge through a proxy, with real sockets and a scripted proxy.
#include "agent/reach/edge_dial.h"

#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/async/scope.h"
#include "common/net/io.h"
#include "common/net/listener.h"
#include "tests/common/net/socket_fixture.h"
#include "tests/support/run_task.h"

using namespace outhaul;
using namespace outhaul::agent;
using namespace outhaul::net::testing;

namespace {

/// Gives one of the answers to each connection, all of it at once, and keeps it open.
class ScriptedProxy {
 public:
  ScriptedProxy(Loop& loop, std::vector<std::string> answers)
      : listener_(listen_on(loop, loopback())), answers_(std::move(answers)), scope_(loop) {
    scope_.spawn(serve());
  }
  const net::SocketAddress& address() const { return listener_->address(); }
  std::size_t connections() const { return connections_.size(); }

 private:
  Task<void> serve() {
    for (;;) {
      auto accepted = co_await listener_->accept();
      if (!accepted) break;
      net::TcpStream& stream = **accepted;
      const std::size_t turn = std::min(connections_.size(), answers_.size() - 1);
      connections_.push_back(std::move(*accepted));
      [[maybe_unused]] const auto sent = co_await net::write_all(stream, as_bytes(answers_[turn]));
    }
  }

  std::unique_ptr<net::Listener> listener_;
  std::vector<std::string> answers_;
  std::vector<std::unique_ptr<net::TcpStream>> connections_;
  Scope scope_;
};

class Heard final : public ReachListener {
 public:
  void reached(ReachStage stage, Duration took) override {
    CHECK(took >= Duration::zero());
    stages += (stages.empty() ? "" : " ") + std::string(to_string(stage));
  }
  std::string stages;
};

Task<void> dial_into(Loop& loop, EdgeRoute route, EdgeDialOptions options, EdgeDial& result,
                     std::string& read) {
  result = co_await dial_edge(loop, std::move(route), std::move(options));
  if (result.error) co_return;
  std::array<std::byte, 64> buffer{};
  const auto count = co_await net::read_some(*result.stream, buffer);
  if (count) read = as_text(Bytes(buffer).first(*count));
}

struct Fixture {
  Loop loop;
  Heard heard;
  EdgeDial result;
  std::string read;
  EdgeRoute route;
  Duration stage_limit = std::chrono::hours(1);

  void dial(const char* proxy, const net::SocketAddress& address) {
    route.target = *tunnel::EdgeAddress::parse("edge.example.net:7844");
    route.edge = route.target;
    if (proxy != nullptr) route.proxy = std::make_shared<const Proxy>(*Proxy::parse(proxy));
    route.addresses = {address};
    EdgeDialOptions options;
    options.stage_limit = stage_limit;
    options.listener = &heard;
    outhaul::testing::run_task(loop, dial_into(loop, route, options, result, read));
  }
  void check_failed(ReachStage stage, std::string_view fragment) const {
    REQUIRE(result.error);
    CAPTURE(result.error->message);
    CHECK(to_string(result.stage) == to_string(stage));
    CHECK(result.error->message.find(fragment) != std::string::npos);
    CHECK(result.error->message.find("secret") == std::string::npos);
    CHECK(result.stream == nullptr);
  }
};

const std::string socks_opened("\5\0\5\0\0\1\0\0\0\0\0\0", 12);
const std::string socks_refused("\5\0\5\5\0\1\0\0\0\0\0\0", 12);

}  // namespace

TEST_CASE("without a proxy there is one stage") {
  Fixture fixture;
  ScriptedProxy edge(fixture.loop, {"hello"});
  fixture.dial(nullptr, edge.address());
  CHECK_FALSE(fixture.result.error);
  CHECK(fixture.read == "hello");
  CHECK(fixture.heard.stages == "tcp");
  CHECK(fixture.result.tcp->peer_address() == edge.address());
}

TEST_CASE("through an HTTP proxy, whose answer and the edge's bytes come in one piece") {
  Fixture fixture;
  ScriptedProxy proxy(fixture.loop, {"HTTP/1.1 200 OK\r\n\r\nhello"});
  fixture.dial("http://joe:secret@proxy.test", proxy.address());
  CHECK_FALSE(fixture.result.error);
  CHECK(fixture.read == "hello");
  CHECK(fixture.heard.stages == "proxy_tcp proxy_open");
}

TEST_CASE("through a SOCKS5 proxy, whose answer and the edge's bytes come in one piece") {
  Fixture fixture;
  ScriptedProxy proxy(fixture.loop, {socks_opened + "hello"});
  fixture.dial("socks5h://proxy.test", proxy.address());
  CHECK_FALSE(fixture.result.error);
  CHECK(fixture.read == "hello");
  CHECK(fixture.heard.stages == "proxy_tcp proxy_open");
}

TEST_CASE("addresses that are resolved here are asked for in turn") {
  Fixture fixture;
  ScriptedProxy proxy(fixture.loop, {socks_refused, socks_refused, socks_opened + "hello"});
  for (const char* address : {"10.0.0.1", "10.0.0.2", "10.0.0.3"})
    fixture.route.behind_proxy.emplace_back(*IpAddress::parse(address), 7844);
  fixture.dial("socks5://proxy.test", proxy.address());
  CHECK_FALSE(fixture.result.error);
  CHECK(proxy.connections() == 3);
  CHECK(fixture.read == "hello");
}

TEST_CASE("a login that is refused is not tried again with another address") {
  Fixture fixture;
  ScriptedProxy proxy(fixture.loop, {std::string("\5\2\1\1", 4)});
  for (const char* address : {"10.0.0.1", "10.0.0.2"})
    fixture.route.behind_proxy.emplace_back(*IpAddress::parse(address), 7844);
  fixture.dial("socks5://joe:secret@proxy.test", proxy.address());
  fixture.check_failed(ReachStage::proxy_login,
                       "proxy socks5://proxy.test:1080, asked for edge.example.net:7844: does not "
                       "accept the user and password");
  CHECK(proxy.connections() == 1);
}

TEST_CASE("a proxy that says nothing has its time") {
  for (const char* kind : {"http://joe:secret@proxy.test", "socks5h://joe:secret@proxy.test"}) {
    Fixture fixture;
    fixture.stage_limit = std::chrono::milliseconds(20);
    ScriptedProxy proxy(fixture.loop, {""});
    fixture.dial(kind, proxy.address());
    fixture.check_failed(ReachStage::proxy_login, "its answer took longer than 20 ms");
    CHECK(fixture.result.error->kind == ErrorKind::timed_out);
  }
}

TEST_CASE("a proxy that cannot be reached is named") {
  Fixture fixture;
  const DeadPort dead;
  fixture.dial("http://joe:secret@proxy.test:3128", dead.address());
  fixture.check_failed(ReachStage::proxy_tcp, "proxy http://proxy.test:3128 cannot be reached: ");
  CHECK(fixture.result.error->kind == ErrorKind::refused);
}
