#include "edge/bindings/h1_connection.h"

#include <doctest/doctest.h>

#include "tests/edge/bindings/h1_fixture.h"

namespace outhaul::edge {
namespace {

using Fixture = H1Fixture;

TEST_CASE("pipelined requests are answered in order, wherever the bytes are cut") {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    Fixture edge(seed);
    edge.tunnels.scripts.push_back(edge.answer(200, "first"));
    edge.tunnels.scripts.push_back(edge.answer(404, "second"));
    edge.tunnels.scripts.push_back(edge.answer(200, ""));
    const std::string answer = edge.ask(
        "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
        "POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        "HEAD /3 HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::size_t first = answer.find("HTTP/1.1 200 OK");
    const std::size_t second = answer.find("HTTP/1.1 404 Not Found");
    const std::size_t third = answer.rfind("HTTP/1.1 200 OK");
    CHECK(first == 0);
    REQUIRE(second != std::string::npos);
    CHECK(second > answer.find("5\r\nfirst\r\n0\r\n\r\n"));
    CHECK(third > second);
    CHECK(answer.ends_with("\r\n\r\n"));
    REQUIRE(edge.tunnels.arrived.size() == 3);
    CHECK(edge.tunnels.arrived[1]->body == "abc");
    CHECK(edge.tunnels.arrived[1]->body_finished);
    CHECK(edge.tunnels.arrived[2]->head.path == "/3");
  }
}

TEST_CASE("both target forms name the authority and the scheme") {
  Fixture edge;
  edge.tunnels.scripts.push_back(edge.answer(204, ""));
  edge.tunnels.scripts.push_back(edge.answer(204, ""));
  const std::string answer = edge.ask(
      "GET http://one.example:99/x?y HTTP/1.1\r\nX-Forwarded-Proto: https\r\n\r\n"
      "GET /z HTTP/1.1\r\nHost: two.example\r\nX-Forwarded-Proto: http\r\n\r\n");
  REQUIRE(edge.tunnels.arrived.size() == 2);
  CHECK(edge.tunnels.arrived[0]->head.authority == "one.example:99");
  CHECK(edge.tunnels.arrived[0]->head.path == "/x?y");
  CHECK(edge.tunnels.arrived[0]->head.scheme == "http");
  CHECK(edge.tunnels.arrived[1]->head.authority == "two.example");
}

TEST_CASE("a bad head is answered and ends the connection") {
  const std::pair<std::string, std::string> cases[] = {
      {"GET / HTTP/1.1\r\n\r\n", "400"},
      {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", "505"},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", "400"},
      {"GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", "414"},
      {"GET / HTTP/1.1\r\nHost: a\r\nx: " + std::string(17000, 'a') + "\r\n\r\n", "431"},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0",
       "400"},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\na", "400"},
      {"GET / HTTP/1.1\r\nHost: a\r\nExpect: more\r\n\r\n", "417"},
      {"CONNECT a.example:1 HTTP/1.1\r\n\r\n", "400"},
  };
  for (const auto& [text, status] : cases) {
    INFO(text.substr(0, 60));
    Fixture edge;
    const std::string answer = edge.ask(text + "GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(answer.substr(9, 3) == status);
    CHECK(answer.find("application/problem+json") != std::string::npos);
    CHECK(answer.find("proxy-status: \"edge-test\";error=") != std::string::npos);
    for (const auto& arrived : edge.tunnels.arrived)
      CHECK(arrived->head.path == "/next");
  }
}

TEST_CASE("a body that is cut off is not passed on as complete") {
  Fixture edge;
  edge.tunnels.scripts.push_back({});
  const std::string answer = edge.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
  CHECK(answer.empty());
  CHECK(edge.was_cut);
  REQUIRE(edge.tunnels.arrived.size() == 1);
  CHECK_FALSE(edge.tunnels.arrived[0]->body_finished);
}

TEST_CASE("a response that breaks off never looks complete") {
  Fixture edge;
  Script broken = edge.answer(200, "half");
  broken.body_breaks = true;
  edge.tunnels.scripts.push_back(broken);
  const std::string answer = edge.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(answer.find("0\r\n\r\n") == std::string::npos);
  CHECK(edge.was_cut);
  CHECK(edge.lines.contains("error="));
}

TEST_CASE("an HTTP/1.0 client gets no chunks, no interim responses and a close") {
  Fixture edge;
  Script script = edge.answer(200, "body");
  http::ResponseHead interim;
  interim.status = 103;
  script.heads.insert(script.heads.begin(), interim);
  edge.tunnels.scripts.push_back(script);
  const std::string answer = edge.ask("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
  CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(answer.find("connection: close\r\n") != std::string::npos);
  CHECK(answer.ends_with("\r\n\r\nbody"));
}

TEST_CASE("an expectation in HTTP/1.0 means nothing") {
  Fixture edge;
  edge.tunnels.scripts.push_back(edge.answer(200, "body"));
  edge.ask("POST / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx");
  REQUIRE(edge.tunnels.arrived.size() == 1);
  CHECK_FALSE(edge.tunnels.arrived[0]->head.fields.contains("expect"));
}

TEST_CASE("an answer before the end of the request's content says that the connection ends") {
  Fixture edge;
  edge.after = Fixture::After::listen;
  edge.tunnels.scripts.push_back(edge.answer(413, "no"));
  const std::string answer = edge.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
  CHECK(answer.starts_with("HTTP/1.1 413 "));
  CHECK(answer.find("connection: close\r\n") != std::string::npos);
}

TEST_CASE("interim responses reach an HTTP/1.1 client before the final one") {
  Fixture edge;
  Script script = edge.answer(204, "");
  http::ResponseHead interim;
  interim.status = 103;
  interim.fields.add("link", "</a>");
  script.heads.insert(script.heads.begin(), interim);
  edge.tunnels.scripts.push_back(script);
  const std::string answer = edge.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(answer.starts_with("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 204 "));
}

TEST_CASE("a client that leaves before its response ends the request") {
  for (const auto after : {Fixture::After::end, Fixture::After::reset}) {
    for (const std::string request :
         {"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"}) {
      Fixture edge;
      edge.context.half_close_patience = std::chrono::milliseconds(1);
      edge.after = after;
      edge.tunnels.scripts.push_back({});
      CHECK(edge.ask(request).empty());
      CHECK(edge.lines.contains("client_gone"));
      CHECK(edge.tunnels.arrived.size() == 1);
    }
  }
}

}  // namespace
}  // namespace outhaul::edge
