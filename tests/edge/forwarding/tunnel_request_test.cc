#include "edge/forwarding/tunnel_request.h"

#include <variant>

#include <doctest/doctest.h>

namespace outhaul::edge {
namespace {

tunnel::Descriptor descriptor(tunnel::ServiceType type) {
  tunnel::Descriptor made;
  made.id = Uuid::random();
  made.net = Uuid::random();
  made.type = type;
  made.scheme =
      type == tunnel::ServiceType::http ? tunnel::ServiceScheme::http : tunnel::ServiceScheme::tcp;
  made.hostname = "api.internal";
  made.port = 80;
  return made;
}

http::RequestHead claiming_request() {
  http::RequestHead head;
  head.method = "GET";
  head.scheme = "https";
  head.authority = "shop.example";
  head.path = "/";
  head.fields.add("forwarded", "for=192.0.2.1");
  head.fields.add("x-forwarded-for", "192.0.2.1");
  head.fields.add("x-real-ip", "192.0.2.1");
  return head;
}

http::RequestHead made(http::RequestHead head, tunnel::ServiceType type, bool trusted) {
  const TunnelRequestParts parts{.edge_name = "edge-test",
                                 .received_protocol = "1.1",
                                 .request_id = "r1",
                                 .client = "10.0.0.7:50412",
                                 .trust_forwarded = trusted};
  auto result = make_tunnel_request(std::move(head), descriptor(type), parts, default_limits);
  REQUIRE(std::holds_alternative<http::RequestHead>(result));
  return std::get<http::RequestHead>(std::move(result));
}

TEST_CASE("what a client claims about itself is replaced by what the edge knows") {
  const http::Fields fields = made(claiming_request(), tunnel::ServiceType::http, false).fields;
  CHECK(fields.find("forwarded") == "for=\"10.0.0.7:50412\";proto=https;host=shop.example");
  CHECK(fields.find("x-forwarded-for") == "10.0.0.7");
  CHECK(fields.find("x-forwarded-proto") == "https");
  CHECK(fields.find("x-forwarded-host") == "shop.example");
  CHECK_FALSE(fields.contains("x-real-ip"));
  CHECK(fields.find("x-request-id") == "r1");
}

TEST_CASE("a trusted proxy's fields stay in front of the edge's own") {
  http::RequestHead head = claiming_request();
  head.fields.add("x-request-id", "theirs");
  const http::Fields fields = made(std::move(head), tunnel::ServiceType::http, true).fields;
  CHECK(fields.find("x-forwarded-for") == "192.0.2.1, 10.0.0.7");
  CHECK(fields.find("x-real-ip") == "192.0.2.1");
  CHECK(fields.find("x-request-id") == "theirs");
}

TEST_CASE("a CONNECT tells the agent the client, and nothing else of it") {
  http::RequestHead head = claiming_request();
  head.method = "CONNECT";
  head.scheme.clear();
  head.path.clear();
  const http::Fields fields = made(std::move(head), tunnel::ServiceType::tcp, false).fields;
  CHECK(fields.find("forwarded") == "for=\"10.0.0.7:50412\"");
  CHECK_FALSE(fields.contains("x-forwarded-for"));
  CHECK_FALSE(fields.contains("x-request-id"));
}

}  // namespace
}  // namespace outhaul::edge
