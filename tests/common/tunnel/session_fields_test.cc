#include "common/tunnel/session_fields.h"

#include <string>

#include <doctest/doctest.h>

using namespace outhaul;
using namespace outhaul::tunnel;
using namespace std::chrono_literals;

namespace {

const std::string request_text =
    "v=1, inst=\"0191dce4-9ab4-7fce-b660-8e5dec5172da\", conn=0, of=4, ver=\"1.0.0\", "
    "feat=(http tcp ws)";
const std::string response_text = "v=1, cid=\"7b1d\", edge=\"fra3-e07\", ping=20, life=86400";

std::string with(std::string text, std::string_view part, std::string_view replacement) {
  const std::size_t at = text.find(part);
  REQUIRE(at != std::string::npos);
  return text.replace(at, part.size(), replacement);
}

}  // namespace

TEST_CASE("the examples of the protocol round trip") {
  const auto request = parse_session_request(request_text);
  REQUIRE(request);
  CHECK(request->version == 1);
  CHECK(request->instance.to_string() == "0191dce4-9ab4-7fce-b660-8e5dec5172da");
  CHECK(request->connection == 0);
  CHECK(request->connections == 4);
  CHECK(request->software_version == "1.0.0");
  CHECK(request->features == std::vector<std::string>{"http", "tcp", "ws"});
  CHECK(serialize(*request) == request_text);

  const auto response = parse_session_response(response_text, 1);
  REQUIRE(response);
  CHECK(response->connection_name == "7b1d");
  CHECK(response->edge_name == "fra3-e07");
  CHECK(response->ping == 20s);
  CHECK(response->life == 24h);
  CHECK(serialize(*response) == response_text);
}

TEST_CASE("unknown keys are ignored and optional ones may be missing") {
  CHECK(*parse_session_request(request_text + ", zone=eu, more=(a);b") ==
        *parse_session_request(request_text));
  const auto small =
      parse_session_request("v=7, inst=\"0191dce4-9ab4-7fce-b660-8e5dec5172da\", conn=3, of=4");
  REQUIRE(small);
  CHECK(small->version == 7);
  CHECK(small->features.empty());
  CHECK(*parse_session_request(serialize(*small)) == *small);
  CHECK(*parse_session_response("v=1", 1) == SessionResponse{});
}

TEST_CASE("a probe says so, and any other connection does not") {
  auto request = parse_session_request(request_text);
  REQUIRE(request);
  CHECK_FALSE(request->probe);
  request->probe = true;
  CHECK(serialize(*request) == request_text + ", probe");
  CHECK(*parse_session_request(serialize(*request)) == *request);
  CHECK_FALSE(parse_session_request(request_text + ", probe=?0")->probe);
  CHECK_FALSE(parse_session_request(request_text + ", probe=1"));
}

TEST_CASE(
    "zone and weight are hints: sent when they say something, ignored when they make no sense") {
  const auto plain = parse_session_request(request_text);
  REQUIRE(plain);
  CHECK(plain->zone.empty());
  CHECK(plain->weight == 100);
  const std::string text = request_text + ", zone=\"eu-west.1\", weight=30";
  const auto hinted = parse_session_request(text);
  REQUIRE(hinted);
  CHECK(hinted->zone == "eu-west.1");
  CHECK(hinted->weight == 30);
  CHECK(serialize(*hinted) == text);
  for (const char* odd : {", weight=0", ", weight=101", ", weight=\"9\"", ", zone=3", ", zone=\"\"",
                          ", zone=\"a b\"", ", zone=(a)", ", weight"}) {
    const auto request = parse_session_request(request_text + odd);
    REQUIRE_MESSAGE(request, odd);
    CHECK(*request == *plain);
  }
  CHECK_FALSE(check_zone(std::string(65, 'z')));
  CHECK(check_zone(std::string(64, 'z')));
}

TEST_CASE("requests that are refused") {
  for (const std::string& bad :
       {std::string(), std::string("v=1,"), with(request_text, "v=1, ", ""),
        with(request_text, "v=1", "v=0"), with(request_text, "v=1", "v=\"1\""),
        with(request_text, "v=1", "v=1.0"), with(request_text, "0191dce4", "0191DCE4"),
        with(request_text, "inst=", "other="), with(request_text, "conn=0", "conn=-1"),
        with(request_text, "conn=0", "conn=4"), with(request_text, "conn=0, ", ""),
        with(request_text, "of=4", "of=0"), with(request_text, "of=4", "of=257"),
        with(request_text, ", of=4", ""), with(request_text, "ver=\"1.0.0\"", "ver=1"),
        with(request_text, "(http tcp ws)", "http"),
        with(request_text, "(http tcp ws)", "(\"http\")")}) {
    CAPTURE(bad);
    const auto request = parse_session_request(bad);
    REQUIRE_FALSE(request);
    CHECK(request.error().message.starts_with("Tunnel-Session: "));
  }
}

TEST_CASE("responses that are refused") {
  for (const char* bad : {"", "ping=20", "v=0", "v=a", "v=1, ping=a", "v=1, ping=-1",
                          "v=1, life=1.5", "v=1, cid=7b1d", "v=1, edge=5", "v=1;"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_session_response(bad, 1));
  }
  const auto newer = parse_session_response("v=2", 1);
  REQUIRE_FALSE(newer);
  CHECK(newer.error().kind == ErrorKind::protocol);
  CHECK(parse_session_response("v=2", 2));
}

TEST_CASE("ping and life are brought into their ranges") {
  CHECK(parse_session_response("v=1, ping=0", 1)->ping == 5s);
  CHECK(parse_session_response("v=1, ping=4", 1)->ping == 5s);
  CHECK(parse_session_response("v=1, ping=300", 1)->ping == 300s);
  CHECK(parse_session_response("v=1, ping=999999999999999", 1)->ping == 300s);
  CHECK(parse_session_response("v=1, life=0", 1)->life == 60s);
  CHECK(parse_session_response("v=1, life=61", 1)->life == 61s);
  SessionResponse response;
  response.ping = 1s;
  response.life = 1s;
  CHECK(serialize(response) == "v=1, ping=5, life=60");
}
