#include "common/http/h1_head.h"

#include <string>

#include <doctest/doctest.h>

namespace outhaul::http {
namespace {

constexpr std::string_view response_start = "HTTP/1.1 200 OK\r\n";

/// Feeds whole, then byte by byte; both must end alike.
FaultReason reason_of_response(const std::string& text, const HeadLimits& limits) {
  ResponseHeadParser whole(limits);
  REQUIRE(whole.feed(as_bytes(text)).status == HeadStatus::failed);
  ResponseHeadParser cut(limits);
  HeadStatus status = HeadStatus::need_more;
  for (std::size_t i = 0; i < text.size() && status == HeadStatus::need_more; ++i) {
    status = cut.feed(as_bytes(std::string_view(text).substr(i, 1))).status;
  }
  REQUIRE(status == HeadStatus::failed);
  CHECK(cut.fault().reason == whole.fault().reason);
  return whole.fault().reason;
}

bool accepts_response(const std::string& text, const HeadLimits& limits) {
  ResponseHeadParser parser(limits);
  return parser.feed(as_bytes(text)).status == HeadStatus::complete;
}

std::string field_of(std::size_t bytes) {
  return "x:" + std::string(bytes - 2, 'v') + "\r\n";
}

TEST_CASE("a response head") {
  ResponseHeadParser parser;
  CHECK(parser.at_start());
  const std::string text =
      "HTTP/1.1 200 OK\r\nServer: x\r\nSet-Cookie: a=b\r\nset-cookie: c\r\n\r\nbody";
  const HeadStep step = parser.feed(as_bytes(text));
  REQUIRE(step.status == HeadStatus::complete);
  CHECK(step.consumed == text.size() - 4);
  CHECK_FALSE(parser.at_start());
  const ResponseHead head = parser.take_head();
  CHECK(head.status == 200);
  CHECK(head.fields.size() == 3);
  CHECK(head.fields.find("server") == "x");
  CHECK(head.fields[2].value == "c");
}

TEST_CASE("a response parser is used again") {
  ResponseHeadParser parser;
  REQUIRE(parser.feed(as_bytes("HTTP/1.0 100 C\r\na: b\r\n\r\n")).status == HeadStatus::complete);
  CHECK(parser.version() == H1Version::http10);
  parser.reset();
  CHECK(parser.at_start());
  REQUIRE(parser.feed(as_bytes("HTTP/1.1 204 N\r\nc: d\r\n\r\n")).status == HeadStatus::complete);
  CHECK(parser.version() == H1Version::http11);
  const ResponseHead head = parser.take_head();
  CHECK(head.status == 204);
  CHECK(head.fields.size() == 1);
}

TEST_CASE("a request head: control data") {
  RequestHeadParser parser;
  CHECK(parser.at_start());
  REQUIRE(parser.feed(as_bytes("GET http")).status == HeadStatus::need_more);
  CHECK_FALSE(parser.at_start());
  REQUIRE(parser.feed(as_bytes("s://a:1/b HTTP/1.0\r\nhost: A:1\r\nX: y\r\n\r\n")).status ==
          HeadStatus::complete);
  CHECK(parser.version() == H1Version::http10);
  CHECK(parser.form() == TargetForm::absolute);
  RequestHead head = parser.take_head();
  CHECK(head.method == "GET");
  CHECK(head.scheme == "https");
  CHECK(head.authority == "a:1");
  CHECK(head.path == "/b");
  CHECK(head.fields.size() == 1);

  parser.reset();
  CHECK(parser.at_start());
  REQUIRE(parser.feed(as_bytes("\r\nOPTIONS * HTTP/1.1\r\nHost: z\r\n\r\n")).status ==
          HeadStatus::complete);
  CHECK(parser.form() == TargetForm::asterisk);
  head = parser.take_head();
  CHECK(head.scheme.empty());
  CHECK(head.authority == "z");
  CHECK(head.fields.empty());
}

TEST_CASE("head limits: start line") {
  const HeadLimits limits{.max_start_line_bytes = 15};
  CHECK(accepts_response("HTTP/1.1 200 OK\r\n\r\n", limits));
  CHECK(reason_of_response("HTTP/1.1 200 OKK\r\n\r\n", limits) == FaultReason::target_too_long);
  RequestHeadParser parser;
  const std::string path(9000, 'a');
  REQUIRE(parser.feed(as_bytes("GET /" + path)).status == HeadStatus::failed);
  CHECK(request_status(parser.fault().reason) == 414);
}

TEST_CASE("head limits: one field") {
  const HeadLimits limits{.max_field_bytes = 20, .max_name_bytes = 5};
  const std::string start(response_start);
  CHECK(accepts_response(start + field_of(20) + "\r\n", limits));
  CHECK(reason_of_response(start + field_of(21) + "\r\n", limits) == FaultReason::field_too_large);
  CHECK(accepts_response(start + "abcde: f\r\n\r\n", limits));
  CHECK(reason_of_response(start + "abcdef: g\r\n\r\n", limits) == FaultReason::field_too_large);
}

TEST_CASE("head limits: number of fields") {
  const HeadLimits limits{.max_fields = 3};
  const std::string three = std::string(response_start) + "a: 1\r\nb: 2\r\nc: 3\r\n";
  CHECK(accepts_response(three + "\r\n", limits));
  CHECK(reason_of_response(three + "d: 4\r\n\r\n", limits) == FaultReason::too_many_fields);
}

TEST_CASE("head limits: the whole section, to the byte") {
  std::string text(response_start);
  for (int i = 0; i < 5; ++i)
    text += field_of(100);
  text += "\r\n";
  CHECK(accepts_response(text, HeadLimits{.max_head_bytes = text.size()}));
  for (std::size_t less = 1; less < text.size() - response_start.size(); ++less) {
    CAPTURE(less);
    CHECK(reason_of_response(text, HeadLimits{.max_head_bytes = text.size() - less}) ==
          FaultReason::head_too_large);
  }
}

TEST_CASE("head limits: an endless head is refused before it ends") {
  ResponseHeadParser parser;
  std::size_t fed = 0;
  HeadStep step = parser.feed(as_bytes(response_start));
  const std::string field = field_of(1000);
  while (step.status == HeadStatus::need_more && fed < 1000000) {
    step = parser.feed(as_bytes(field));
    fed += field.size();
  }
  CHECK(step.status == HeadStatus::failed);
  CHECK(parser.fault().reason == FaultReason::head_too_large);
  CHECK(fed < 70000);
}

TEST_CASE("messages of faults never quote a value") {
  ResponseHeadParser parser;
  REQUIRE(parser.feed(as_bytes("HTTP/1.1 200 OK\r\ncookie: secret\x01\r\n\r\n")).status ==
          HeadStatus::failed);
  CHECK(parser.fault().message.find("cookie") != std::string::npos);
  CHECK(parser.fault().message.find("secret") == std::string::npos);
}

}  // namespace
}  // namespace outhaul::http
