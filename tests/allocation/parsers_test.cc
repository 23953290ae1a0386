// Parsers when there is no memory: each allocation of a parse fails once. What is parsed has to be
// large enough for strings not to fit into themselves.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/structured_fields.h"
#include "common/dns/message.h"
#include "common/tunnel/concealed_authentication.h"
#include "common/tunnel/descriptor.h"
#include "common/tunnel/proxy_status.h"
#include "common/tunnel/session_fields.h"
#include "common/tunnel/token.h"
#include "edge/api/api_json.h"
#include "edge/api/target.h"
#include "edge/directory/service_json.h"
#include "tests/allocation/every_allocation.h"
#include "tests/common/http/h1_probe.h"
#include "tests/support/dns_message.h"

namespace outhaul {
namespace {

using testing::Allocator;
using testing::fail_each_allocation;
using testing::fail_each_allocation_of_json;

constexpr std::string_view net = "0191dce4-9ab4-7fce-b660-8e5dec5172da";
constexpr std::string_view service = "e6a0817c-79c5-40ca-9776-a1c019defe70";

/// Nothing but what is usual or std::bad_alloc.
bool never(const std::string&) {
  return false;
}

/// For parsers over libraries that report a lack of memory as an error.
bool an_error(const std::string& text) {
  return text.starts_with("error: ");
}

/// Byte by byte, so that every line is copied.
http::test::Pieces single_bytes(std::string_view text) {
  http::test::Pieces pieces;
  for (std::size_t i = 0; i < text.size(); ++i)
    pieces.push_back(text.substr(i, 1));
  return pieces;
}

template <typename T>
std::string outcome(const Result<T>& result) {
  return result ? "ok" : "error: " + result.error().message;
}

TEST_CASE("requests of HTTP/1.1, with trailers and refused ones") {
  const std::string chunked =
      "POST /a/path/that/is/longer/than/a/short/string HTTP/1.1\r\n"
      "Host: a-host-name-of-some-length.example:8080\r\n"
      "Transfer-Encoding: chunked\r\nX-Long: " +
      std::string(200, 'x') +
      "\r\n\r\n5;extension=\"value\"\r\nhello\r\n0\r\nx-trailer-of-length: also of length\r\n\r\n";
  const std::string refused = "GET / HTTP/1.1\r\nHost: a\r\nX-Long: " + std::string(40, 'x') +
                              "\r\nBad : value with a control character\x01\r\n\r\n";
  for (const std::string& message : {chunked, refused}) {
    const auto pieces = single_bytes(message);
    const auto whole = http::test::Pieces{message};
    for (const auto* source : {&pieces, &whole}) {
      const auto parse = [source] { return http::test::probe_request(*source); };
      CHECK(fail_each_allocation(Allocator::malloc, parse, never) > 3);
    }
  }
}

TEST_CASE("responses of HTTP/1.1") {
  const std::string message =
      "HTTP/1.1 200 A reason phrase of some length\r\nX-Long: " + std::string(300, 'x') +
      "\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  const auto pieces = single_bytes(message);
  const auto parse = [&pieces] { return http::test::probe_response("GET", pieces); };
  CHECK(fail_each_allocation(Allocator::malloc, parse, never) > 3);
}

TEST_CASE("structured fields") {
  static constexpr std::string_view text =
      "first=\"a string that is longer than fifteen\", second=(token;a=1 :aGVsbG8gd29ybGQgaGVsbG8=:"
      " %\"display %c3%bc string of length\");z=@1700000000, third=12.5, fourth=a_token_of_length";
  const auto parse = [] {
    const auto fields = structured::parse_dictionary(text);
    if (!fields) return "error: " + fields.error().message;
    const auto written = structured::serialize(*fields);
    return written ? *written : "error: " + written.error().message;
  };
  CHECK(fail_each_allocation(Allocator::malloc, parse, never) > 5);
  const auto refuse = [] { return outcome(structured::parse_list("\"not closed and quite long")); };
  CHECK(fail_each_allocation(Allocator::malloc, refuse, never) > 0);
}

TEST_CASE("service descriptors") {
  const std::string text = "id=\"" + std::string(service) +
                           "\", type=http, scheme=https, hostname=\"a-long-name.api.internal\", "
                           "port=8443, net=\"" +
                           std::string(net) +
                           "\", resolver-ips=(\"10.0.0.53\" \"[fd00::53]:5353\"), "
                           "tls=verify_ca;sni=\"another-long-name.example\"";
  const auto parse = [&text] {
    const auto descriptor = tunnel::parse_descriptor(text);
    return descriptor ? tunnel::serialize(*descriptor) : "error: " + descriptor.error().message;
  };
  CHECK(fail_each_allocation(Allocator::malloc, parse, never) > 10);
}

TEST_CASE("tokens, in both forms") {
  const std::string credentials =
      "{\"t\":\"6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11\","
      "\"s\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\","
      "\"e\":[\"edge.example.net:443\",\"[fd00::1]:7844\"],"
      "\"pin\":[\"sha256/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"]}";
  const auto first = tunnel::parse_token(credentials);
  REQUIRE(first);
  const std::string token = tunnel::serialize_token(*first);
  for (const std::string& text : {credentials, token}) {
    const auto parse = [&text] {
      const auto parsed = tunnel::parse_token(text);
      return parsed ? tunnel::serialize_token(*parsed) : "error: " + parsed.error().message;
    };
    CHECK(fail_each_allocation_of_json(parse, an_error) > 10);
  }
}

TEST_CASE("the other fields of the tunnel") {
  const std::string request = "v=1, inst=\"" + std::string(net) +
                              "\", conn=0, of=4, ver=\"1.0.0-a-version-of-length\", "
                              "feat=(http tcp websocket_of_some_length)";
  const auto session = [&request] {
    const auto parsed = tunnel::parse_session_request(request);
    return parsed ? tunnel::serialize(*parsed) : "error: " + parsed.error().message;
  };
  CHECK(fail_each_allocation(Allocator::malloc, session, never) > 5);

  const std::vector<std::string_view> lines = {
      "origin-of-some-length;received-status=502, \"agent-6f1d0a5e-8a2e\";error=dns_error;"
      "rcode=\"NXDOMAIN\";details=\"no such name, in many words\"",
      "another-proxy;error=http_request_error"};
  const auto status = [&lines] {
    auto parsed = tunnel::ProxyStatus::parse(lines);
    if (!parsed) return "error: " + parsed.error().message;
    parsed->strip_internal();
    tunnel::ProxyStatusMember member;
    member.name = "edge-of-some-length-in-its-name";
    parsed->append(member);
    return parsed->serialize();
  };
  CHECK(fail_each_allocation(Allocator::malloc, status, never) > 5);
}

TEST_CASE("DNS messages") {
  testing::DnsMessage message(1, 0x8180, "app.internal", 1);
  message.a("c.a-longer-domain.internal", 60, *IpAddress::parse("10.0.0.1"))
      .cname("b.a-longer-domain.internal", 5, "c.a-longer-domain.internal")
      .cname("app.internal", 300, "b.a-longer-domain.internal");
  const dns::Question question{"app.internal", dns::RecordType::a};
  const auto parse = [&message, &question] {
    const auto answer = dns::read_reply(std::as_bytes(std::span(message.bytes())), question);
    if (!answer) return "error: " + answer.error().message;
    std::string text = std::to_string(answer->addresses.size());
    for (const std::string& name : answer->chain)
      text += " " + name;
    return text;
  };
  CHECK(fail_each_allocation(Allocator::malloc, parse, an_error) > 3);
}

// Writing JSON is left out: nlohmann-json asserts that a value whose construction failed is whole.
TEST_CASE("the directory's JSON") {
  const std::string text =
      "{\"name\": \"a service with quite a long name\", \"type\": \"http\", \"http_port\": 8080,"
      " \"host\": {\"hostname\": \"a-long-name.api.internal\", \"resolver_network\": "
      "{\"tunnel_id\":"
      " \"" +
      std::string(net) +
      "\", \"resolver_ips\": [\"10.0.0.53\", \"[fd00::53]:5353\"]}},"
      " \"tls_settings\": {\"cert_verification_mode\": \"verify_ca\"}}";
  const auto parse = [&text] {
    const edge::ParsedService parsed = edge::parse_service(text);
    if (!parsed.spec) return "error: " + parsed.problems.front();
    return parsed.spec->name + parsed.spec->host.hostname + parsed.spec->resolver_ips.at(1);
  };
  CHECK(fail_each_allocation_of_json(parse, an_error) > 20);

  const std::string wrong = "{\"nmae\": 1, \"type\": {\"a\": [1, 2, \"a string of some length\"]}}";
  const auto refuse = [&wrong] {
    std::string problems = "error: ";
    for (const std::string& problem : edge::parse_service(wrong).problems)
      problems += problem + "\n";
    return problems;
  };
  CHECK(fail_each_allocation_of_json(refuse, an_error) > 5);

  const auto binding = [] {
    const auto parsed =
        edge::parse_new_binding("{\"service\": \"a service of length\", \"name\": \"another\"}");
    return parsed.value ? parsed.value->service : "error: " + parsed.problems.front();
  };
  CHECK(fail_each_allocation_of_json(binding, an_error) > 3);
}

TEST_CASE("targets of the API") {
  const auto parse = [] {
    const auto path = edge::split_path("/v1/services/a%20service%20of%20some%20length/more");
    const auto query = edge::parse_query("name=a%20name%20of%20some%20length&page=12&per_page=5");
    if (!path || !query) return std::string("error: refused");
    return path->at(2) + query->begin()->second;
  };
  CHECK(fail_each_allocation(Allocator::malloc, parse, never) > 5);
}

}  // namespace
}  // namespace outhaul
