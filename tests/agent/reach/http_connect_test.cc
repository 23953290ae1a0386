#include "agent/reach/http_connect.h"

#include <doctest/doctest.h>

#include "common/net/io.h"
#include "common/net/memory_stream.h"
#include "common/net/prefixed_stream.h"
#include "tests/support/run_task.h"

using namespace outhaul;
using namespace outhaul::agent;

namespace {

struct Opened {
  Result<std::string> early = Error{};
  ReachStage stage = ReachStage::tcp;
  std::string request;
};

Task<void> open_into(net::ByteStream& stream, const ProxyCredentials* credentials, Opened& opened) {
  Task<Result<std::string>> opening =
      open_http_tunnel(stream, "edge.example.net:7844", credentials, opened.stage);
  opened.early = co_await std::move(opening);
  // What was read already, then what still is in the stream.
  std::array<std::byte, 64> buffer{};
  while (opened.early) {
    const auto more = co_await net::read_some(stream, buffer);
    if (!more || *more == 0) break;
    *opened.early += as_text(Bytes(buffer).first(*more));
  }
}

/// A proxy that answers with these bytes and then ends.
Opened answer(std::string_view text, const ProxyCredentials* credentials = nullptr) {
  Loop loop;
  net::MemoryStreamOptions options;
  options.read_cut = {net::Cut::Mode::random, 7};
  net::MemoryStream::Pair pair = net::MemoryStream::make_pair(loop, options);
  const Bytes bytes = as_bytes(text);
  REQUIRE(pair.second->write(std::span(&bytes, 1)).bytes == text.size());
  REQUIRE(pair.second->shutdown_write().status == net::IoStatus::done);
  Opened opened;
  outhaul::testing::run_task(loop, open_into(*pair.first, credentials, opened));
  std::array<std::byte, 1024> buffer{};
  for (;;) {
    const net::IoResult got = pair.second->read(buffer);
    if (got.status != net::IoStatus::done) break;
    opened.request += as_text(MutableBytes(buffer).first(got.bytes));
  }
  return opened;
}

void check_refused(const Opened& opened, ReachStage stage, std::string_view fragment) {
  REQUIRE_FALSE(opened.early);
  CAPTURE(opened.early.error().message);
  CHECK(opened.early.error().message.find(fragment) != std::string::npos);
  CHECK(to_string(opened.stage) == to_string(stage));
}

const ProxyCredentials joe{"joe", "secret"};

}  // namespace

TEST_CASE("the request, with and without login") {
  CHECK(answer("").request ==
        "CONNECT edge.example.net:7844 HTTP/1.1\r\nHost: edge.example.net:7844\r\n\r\n");
  CHECK(answer("", &joe).request ==
        "CONNECT edge.example.net:7844 HTTP/1.1\r\nHost: edge.example.net:7844\r\n"
        "Proxy-Authorization: Basic am9lOnNlY3JldA==\r\n\r\n");
}

TEST_CASE("any 2xx opens the tunnel, and what follows belongs to it") {
  CHECK(answer("HTTP/1.0 200 Connection established\r\n\r\n").early.value().empty());
  CHECK(answer("HTTP/1.1 299 Fine\r\nContent-Length: 3\r\n\r\nearly").early.value() == "early");
  CHECK(answer("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nx").early.value() == "x");
}

TEST_CASE("refusals name their cause") {
  check_refused(answer("HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"a\"\r\n\r\n"),
                ReachStage::proxy_login, "give --proxy-credentials-file");
  check_refused(answer("HTTP/1.1 407 No\r\nProxy-Authenticate: basic realm=\"a\"\r\n\r\n", &joe),
                ReachStage::proxy_login, "does not accept the user and password");
  check_refused(answer("HTTP/1.1 407 No\r\nProxy-Authenticate: NTLM\r\nProxy-Authenticate: "
                       "Negotiate x\r\n\r\n",
                       &joe),
                ReachStage::proxy_login, "NTLM, Negotiate (407)");
  check_refused(answer("HTTP/1.1 403 No\r\n\r\n"), ReachStage::proxy_open, "(403)");
  check_refused(answer("HTTP/1.1 503 No\r\n\r\n"), ReachStage::proxy_open, "(503)");
  check_refused(answer("HTTP/1.1 302 No\r\n\r\n"), ReachStage::proxy_open, "status 302");
  check_refused(answer("HTTP/1.1 101 No\r\n\r\n"), ReachStage::proxy_open, "status 101");
  check_refused(answer("SSH-2.0-OpenSSH\r\n"), ReachStage::proxy_login,
                "does not answer as an HTTP proxy");
  check_refused(answer(""), ReachStage::proxy_login, "closed the connection without an answer");
  check_refused(answer("HTTP/1.1 200 O"), ReachStage::proxy_login, "ended inside");
  std::string endless;
  for (int i = 0; i < 10; ++i)
    endless += "HTTP/1.1 102 Wait\r\n\r\n";
  check_refused(answer(endless), ReachStage::proxy_login, "no final status");
  check_refused(answer("HTTP/1.1 200 OK\r\nA: " + std::string(20000, 'a') + "\r\n\r\n"),
                ReachStage::proxy_login, "does not answer as an HTTP proxy");
}

TEST_CASE("a prefixed stream gives the prefix first, then the rest") {
  Loop loop;
  net::MemoryStream::Pair pair = net::MemoryStream::make_pair(loop, {});
  const Bytes rest = as_bytes("rest");
  REQUIRE(pair.second->write(std::span(&rest, 1)).bytes == 4);
  net::PrefixedStream stream("first", std::move(pair.first));
  std::string text;
  std::array<std::byte, 3> buffer{};
  for (;;) {
    const net::IoResult got = stream.read(buffer);
    if (got.status != net::IoStatus::done) break;
    text += as_text(MutableBytes(buffer).first(got.bytes));
  }
  CHECK(text == "firstrest");
}
