#include "common/http/h1_writer.h"

#include <doctest/doctest.h>

#include "common/http/h1_head.h"

namespace outhaul::http {
namespace {

std::string request_text(const RequestHead& head, const Framing& framing) {
  PooledText text;
  append_request_head(text, head, framing);
  return std::string(text);
}

std::string response_text(const ResponseHead& head, const Framing& framing) {
  PooledText text;
  append_response_head(text, head, framing);
  return std::string(text);
}

TEST_CASE("a request head") {
  RequestHead head{.method = "POST", .scheme = "https", .authority = "a.example:8", .path = "/x?y"};
  head.fields.add("Accept", "*/*");
  head.fields.add("Content-Length", "999");
  head.fields.add("Transfer-Encoding", "gzip");
  head.fields.add("Host", "evil");
  const std::string begin = "POST /x?y HTTP/1.1\r\nhost: a.example:8\r\naccept: */*\r\n";
  CHECK(request_text(head, {.kind = BodyKind::content_length, .length = 5}) ==
        begin + "content-length: 5\r\n\r\n");
  CHECK(request_text(head, {.kind = BodyKind::chunked}) ==
        begin + "transfer-encoding: chunked\r\n\r\n");
  CHECK(request_text(head, {}) == begin + "content-length: 0\r\n\r\n");
  head.method = "GET";
  CHECK(request_text(head, {}) == "GET /x?y HTTP/1.1\r\nhost: a.example:8\r\naccept: */*\r\n\r\n");
}

TEST_CASE("CONNECT is written in authority-form") {
  const RequestHead head{.method = "CONNECT", .authority = "[::1]:22"};
  CHECK(request_text(head, {}) == "CONNECT [::1]:22 HTTP/1.1\r\nhost: [::1]:22\r\n\r\n");
}

TEST_CASE("a response head") {
  ResponseHead head{.status = 200};
  head.fields.add("content-length", "77");
  head.fields.add("x", "y");
  CHECK(response_text(head, {.kind = BodyKind::content_length, .length = 5}) ==
        "HTTP/1.1 200 OK\r\nx: y\r\ncontent-length: 5\r\n\r\n");
  CHECK(response_text(head, {.kind = BodyKind::chunked}) ==
        "HTTP/1.1 200 OK\r\nx: y\r\ntransfer-encoding: chunked\r\n\r\n");
  CHECK(response_text(head, {.kind = BodyKind::until_close}) ==
        "HTTP/1.1 200 OK\r\nx: y\r\nconnection: close\r\n\r\n");
  // HEAD: the length of what a GET would get.
  CHECK(response_text(head, {}) == "HTTP/1.1 200 OK\r\nx: y\r\ncontent-length: 77\r\n\r\n");
  head.status = 204;
  CHECK(response_text(head, {}) == "HTTP/1.1 204 No Content\r\nx: y\r\n\r\n");
  head.status = 599;
  CHECK(response_text(head, {.kind = BodyKind::content_length}) ==
        "HTTP/1.1 599 \r\nx: y\r\ncontent-length: 0\r\n\r\n");
}

TEST_CASE("a written head is read back") {
  ResponseHead head{.status = 599};
  head.fields.add("empty", "");
  ResponseHeadParser parser;
  REQUIRE(parser.feed(as_bytes(response_text(head, {.kind = BodyKind::content_length}))).status ==
          HeadStatus::complete);
  const ResponseHead read = parser.take_head();
  CHECK(read.status == 599);
  CHECK(read.fields.find("empty") == "");
}

TEST_CASE("reason phrases") {
  CHECK(reason_phrase(100) == "Continue");
  CHECK(reason_phrase(421) == "Misdirected Request");
  CHECK(reason_phrase(511) == "Network Authentication Required");
  CHECK(reason_phrase(99).empty());
  CHECK(reason_phrase(418).empty());
  CHECK(reason_phrase(600).empty());
}

}  // namespace
}  // namespace outhaul::http
