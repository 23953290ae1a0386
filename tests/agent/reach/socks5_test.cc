#include "agent/reach/socks5.h"

#include <doctest/doctest.h>

using namespace outhaul;
using namespace outhaul::agent;

namespace {

std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (const int value : values)
    text += static_cast<char>(value);
  return text;
}

const ProxyCredentials joe{"joe", "secret"};
const std::string opened = bytes({5, 0, 0, 1, 10, 0, 0, 1, 4, 56});

/// Feeds as many bytes as are wanted, one at a time; what is left is not the proxy's.
Result<void> feed(Socks5Client& socks, std::string_view& answer) {
  while (socks.wanted() > 0 && !answer.empty()) {
    OUTHAUL_CHECK(socks.feed(as_bytes(answer.substr(0, 1))));
    answer.remove_prefix(1);
  }
  return {};
}

std::string message_after(std::string_view answer, const ProxyCredentials* credentials) {
  Socks5Client socks("edge.example.net", 7844, credentials);
  for (int step = 0; step < 4; ++step) {
    (void)socks.output();
    if (const auto fed = feed(socks, answer); !fed) return fed.error().message;
    if (answer.empty()) break;
  }
  return socks.done() ? "done" : "waiting";
}

}  // namespace

TEST_CASE("a name, without login, byte by byte") {
  Socks5Client socks("edge.example.net", 7844, nullptr);
  CHECK(socks.output() == bytes({5, 1, 0}));
  CHECK(socks.output().empty());
  std::string_view answer = "\5";
  REQUIRE(feed(socks, answer));
  CHECK(socks.output().empty());
  const std::string method = bytes({0});
  answer = method;
  REQUIRE(feed(socks, answer));
  CHECK(socks.output() == bytes({5, 1, 0, 3, 16}) + "edge.example.net" + bytes({0x1e, 0xa4}));
  const std::string reply = opened + "tunnel";
  answer = reply;
  REQUIRE(feed(socks, answer));
  CHECK(socks.done());
  CHECK(answer == "tunnel");
}

TEST_CASE("addresses of both families, and a reply of each kind") {
  for (const auto& [host, begin] :
       {std::pair{std::string("10.0.0.1"), bytes({5, 1, 0, 1, 10, 0, 0, 1, 1, 187})},
        std::pair{std::string("fd00::1"), bytes({5, 1, 0, 4, 0xfd, 0, 0, 0, 0, 0, 0,
                                                 0, 0, 0, 0, 0,    0, 0, 0, 1, 1, 187})}}) {
    for (const std::string& reply :
         {opened, bytes({5, 0, 0, 3, 3, 'a', '.', 'b', 0, 80}), bytes({5, 0, 0, 3, 0, 0, 80}),
          bytes({5, 0, 0, 4, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 0, 80})}) {
      Socks5Client socks(host, 443, nullptr);
      (void)socks.output();
      const std::string method = bytes({5, 0});
      std::string_view answer = method;
      REQUIRE(feed(socks, answer));
      CHECK(socks.output() == begin);
      const std::string more = reply + "x";
      answer = more;
      REQUIRE(feed(socks, answer));
      CHECK(socks.done());
      CHECK(answer == "x");
    }
  }
}

TEST_CASE("login by user and password") {
  Socks5Client socks("10.0.0.1", 443, &joe);
  CHECK(socks.output() == bytes({5, 2, 0, 2}));
  const std::string method = bytes({5, 2});
  std::string_view answer = method;
  REQUIRE(feed(socks, answer));
  CHECK(socks.step() == Socks5Client::Step::login);
  CHECK(socks.output() == bytes({1, 3}) + "joe" + bytes({6}) + "secret");
  const std::string accepted = bytes({1, 0});
  answer = accepted;
  REQUIRE(feed(socks, answer));
  CHECK(socks.step() == Socks5Client::Step::request);
  CHECK_FALSE(socks.output().empty());
}

TEST_CASE("what a proxy may say no to") {
  CHECK(message_after(bytes({5, 0}) + opened, nullptr) == "done");
  CHECK(message_after(bytes({5, 0xff}), nullptr).find("--proxy-credentials-file") !=
        std::string::npos);
  CHECK(message_after(bytes({5, 0xff}), &joe).find("another kind of login") != std::string::npos);
  CHECK(message_after(bytes({5, 2}), nullptr).find("does not answer as SOCKS5") !=
        std::string::npos);
  CHECK(message_after(bytes({5, 2, 1, 1}), &joe).find("does not accept the user and password") !=
        std::string::npos);
  CHECK(message_after("HTTP/1.1 400 Bad", nullptr).find("does not answer as SOCKS5") !=
        std::string::npos);
  CHECK(message_after(bytes({5, 0, 4, 0, 0, 1, 0}), nullptr).find("SOCKS5") != std::string::npos);
  CHECK(message_after(bytes({5, 0, 5, 0, 0, 9, 0}), nullptr).find("SOCKS5") != std::string::npos);
  for (int code = 1; code < 10; ++code) {
    const std::string refusal = bytes({5, 0, 5, code, 0, 1, 0, 0, 0, 0, 0, 0});
    CHECK(message_after(refusal, nullptr).find("SOCKS5 reply " + std::to_string(code)) !=
          std::string::npos);
  }
  for (const std::string& text :
       {message_after(bytes({5, 2, 1, 1}), &joe), message_after(bytes({5, 0xff}), &joe)}) {
    CHECK(text.find("secret") == std::string::npos);
  }
}
