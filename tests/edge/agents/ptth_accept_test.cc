#include "edge/agents/ptth_accept.h"

#include <functional>
#include <vector>

#include <doctest/doctest.h>

#include "tests/edge/agents/setup_fixture.h"

namespace outhaul::edge {
namespace {

using Request = SetupFixture::Request;

struct Case {
  const char* what;
  const char* status;
  std::function<void(SetupFixture&, Request&)> change;
};

void replace(std::string& text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
}

TEST_CASE("an agent with the tunnel's key is accepted") {
  SetupFixture edge;
  edge.rules().ping = std::chrono::seconds(30);
  const std::string answer = edge.answer_to(edge.good_request().text());
  CHECK(answer.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
  CHECK(answer.find("Connection: upgrade\r\n") != std::string::npos);
  CHECK(answer.find("Upgrade: ptth\r\n") != std::string::npos);
  CHECK(answer.find("ALPN: h2\r\n") != std::string::npos);
  CHECK(answer.find("ping=30") != std::string::npos);
  CHECK(answer.find("edge=\"edge-test\"") != std::string::npos);
  CHECK(answer.ends_with("\r\n\r\n"));
  REQUIRE(edge.accepted());
  REQUIRE(*edge.accepted());
  const AcceptedAgent& agent = **edge.accepted();
  CHECK(agent.tunnel_id == edge.tunnel().id);
  CHECK(agent.key == edge.tunnel().public_keys.front());
  CHECK(agent.session.connection == 2);
  CHECK(answer.find("cid=\"" + agent.connection_name + "\"") != std::string::npos);
}

TEST_CASE("before authentication there is only 404, always the same") {
  const std::vector<Case> cases = {
      {"unknown tunnel", "404",
       [](SetupFixture& edge, Request&) { edge.tunnel().id = Uuid::random(); }},
      {"another key", "404",
       [](SetupFixture& edge, Request&) { edge.tunnel().public_keys = {sample_key(3)}; }},
      {"another Host than was signed", "404",
       [](SetupFixture&, Request& request) { request.host = "other.example.net:7844"; }},
      {"Host in upper case", "404",
       [](SetupFixture&, Request& request) { request.host = "EDGE.example.net:7844"; }},
      {"no Authorization", "404",
       [](SetupFixture&, Request& request) { request.authorization.clear(); }},
      {"two Authorization lines", "404",
       [](SetupFixture&, Request& request) { request.authorization += request.authorization; }},
      {"another method", "404",
       [](SetupFixture&, Request& request) { replace(request.line, "GET", "PUT"); }},
      {"HTTP/1.0", "404",
       [](SetupFixture&, Request& request) { replace(request.line, "1.1", "1.0"); }},
      {"absolute-form", "404",
       [](SetupFixture&, Request& request) {
         replace(request.line, "GET /", "GET http://edge.example.net:7844/");
       }},
      {"a query", "404",
       [](SetupFixture&, Request& request) { replace(request.line, " HTTP", "?a HTTP"); }},
      {"another path", "404",
       [](SetupFixture&, Request& request) { replace(request.line, "/ptth/", "/"); }},
      {"not HTTP", "404", [](SetupFixture&, Request& request) { request.line = "\x16\x03\x01"; }},
      {"head too large", "404",
       [](SetupFixture&, Request& request) {
         request.fields += "x: " + std::string(17 * kibibyte, 'a') + "\r\n";
       }},
  };
  std::string first;
  for (const Case& each : cases) {
    INFO(each.what);
    SetupFixture edge;
    Request request = edge.good_request();
    each.change(edge, request);
    const std::string answer = edge.answer_to(request.text());
    CHECK(answer.substr(9, 3) == each.status);
    if (first.empty()) first = answer;
    CHECK(answer == first);
    CHECK_FALSE(*edge.accepted());
  }
}

TEST_CASE("no room for one more connection of the tunnel: 503 and when to come again") {
  SetupFixture edge;
  Uuid asked_for;
  edge.rules().has_room = [&asked_for](const Uuid& tunnel) {
    asked_for = tunnel;
    return false;
  };
  const std::string answer = edge.answer_to(edge.good_request().text());
  CHECK(answer.substr(9, 3) == "503");
  CHECK(answer.find("\r\nRetry-After: ") != std::string::npos);
  CHECK(asked_for == edge.tunnel().id);
  // Who has not shown the key is not told.
  Request stranger = edge.good_request();
  stranger.authorization.clear();
  CHECK(edge.status_of(stranger.text()) == "404");
}

TEST_CASE("after authentication the refusal says why") {
  const std::vector<Case> cases = {
      {"disabled", "403", [](SetupFixture& edge, Request&) { edge.tunnel().disabled = true; }},
      {"deleted", "410", [](SetupFixture& edge, Request&) { edge.tunnel().deleted_at = now(); }},
      {"a Host that is no public name", "421",
       [](SetupFixture& edge, Request&) {
         edge.rules().public_names = {{"edge.example.net", 443}};
       }},
      {"bytes behind the head", "400",
       [](SetupFixture&, Request& request) { request.after = "P"; }},
      {"a body", "400",
       [](SetupFixture&, Request& request) {
         request.fields += "Content-Length: 1\r\n";
         request.after = "x";
       }},
      {"an empty body", "400",
       [](SetupFixture&, Request& request) { request.fields += "Content-Length: 0\r\n"; }},
      {"chunked", "400",
       [](SetupFixture&, Request& request) { request.fields += "Transfer-Encoding: chunked\r\n"; }},
      {"no Upgrade", "426",
       [](SetupFixture&, Request& request) { replace(request.fields, "Upgrade: ptth\r\n", ""); }},
      {"another Upgrade", "426",
       [](SetupFixture&, Request& request) { replace(request.fields, "ptth", "websocket"); }},
      {"no Connection", "426",
       [](SetupFixture&, Request& request) {
         replace(request.fields, "Connection: upgrade\r\n", "");
       }},
      {"an older version", "426",
       [](SetupFixture&, Request& request) { replace(request.fields, "v=1", "v=0"); }},
      {"another ALPN", "400",
       [](SetupFixture&, Request& request) { replace(request.fields, "ALPN: h2", "ALPN: h3"); }},
      {"two ALPN members", "400",
       [](SetupFixture&, Request& request) {
         replace(request.fields, "ALPN: h2", "ALPN: h2, h3");
       }},
      {"no version", "400",
       [](SetupFixture&, Request& request) { replace(request.fields, "v=1, ", ""); }},
      {"slot out of range", "400",
       [](SetupFixture&, Request& request) { replace(request.fields, "conn=2", "conn=4"); }},
      {"two Tunnel-Session lines", "400",
       [](SetupFixture&, Request& request) { request.fields += "Tunnel-Session: v=1\r\n"; }},
  };
  for (const Case& each : cases) {
    INFO(each.what);
    SetupFixture edge;
    Request request = edge.good_request();
    each.change(edge, request);
    const std::string answer = edge.answer_to(request.text());
    CHECK(answer.substr(9, 3) == each.status);
    CHECK(answer.find("close") != std::string::npos);
    CHECK((answer.find("Tunnel-Session: v=1\r\n") != std::string::npos) ==
          (std::string(each.status) == "426"));
    CHECK_FALSE(*edge.accepted());
  }
}

TEST_CASE("a newer version is answered with the edge's own") {
  SetupFixture edge;
  Request request = edge.good_request();
  replace(request.fields, "v=1", "v=7");
  CHECK(edge.answer_to(request.text()).find("Tunnel-Session: v=1,") != std::string::npos);
}

}  // namespace
}  // namespace outhaul::edge
