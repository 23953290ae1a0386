#include "common/http/translation.h"

#include <string>

#include <doctest/doctest.h>

namespace outhaul::http {
namespace {

RequestHead get() {
  return {.method = "GET", .scheme = "https", .authority = "a.example", .path = "/"};
}

std::optional<FaultReason> reason(const RequestHead& head, const HeadLimits& limits = {}) {
  const std::optional<Fault> fault = check_request(head, limits);
  return fault ? std::optional(fault->reason) : std::nullopt;
}

std::optional<FaultReason> reason_with(std::string_view name, std::string_view value) {
  RequestHead head = get();
  head.fields.add(name, value);
  return reason(head);
}

TEST_CASE("requests that pass") {
  CHECK_FALSE(check_request(get()));
  RequestHead head = get();
  head.fields.add("te", "trailers");
  head.fields.add("content-length", "10");
  head.fields.add("expect", "100-Continue");
  head.fields.add("x", "obs \xc3\xa4\ttab");
  CHECK_FALSE(check_request(head));
  head.scheme.clear();
  CHECK_FALSE(check_request(head));
  CHECK_FALSE(check_request({.method = "OPTIONS", .authority = "a", .path = "*"}));
  CHECK_FALSE(check_request({.method = "CONNECT", .authority = "10.0.0.1:5432"}));
  CHECK_FALSE(check_request({.method = "CONNECT",
                             .scheme = "https",
                             .authority = "a",
                             .path = "/chat",
                             .protocol = "websocket"}));
}

TEST_CASE("control data") {
  using enum FaultReason;
  const auto refused = [](const RequestHead& head) { return reason(head) == syntax; };
  CHECK(refused({.method = "", .scheme = "http", .authority = "a", .path = "/"}));
  CHECK(refused({.method = "G T", .scheme = "http", .authority = "a", .path = "/"}));
  CHECK(refused({.method = "GET", .scheme = "ftp", .authority = "a", .path = "/"}));
  CHECK(refused({.method = "GET", .scheme = "http", .authority = "", .path = "/"}));
  CHECK(refused({.method = "GET", .scheme = "http", .authority = "u@a", .path = "/"}));
  CHECK(refused({.method = "GET", .scheme = "http", .authority = "a", .path = ""}));
  CHECK(refused({.method = "GET", .scheme = "http", .authority = "a", .path = "*"}));
  CHECK(refused({.method = "GET", .scheme = "http", .authority = "a", .path = "/a#b"}));
  CHECK(refused({.method = "GET", .scheme = "http", .authority = "a", .path = "/a b"}));
  CHECK(refused({.method = "GET", .scheme = "http", .authority = "a", .path = "/\r\nx"}));
  CHECK(refused({.method = "GET", .scheme = "http", .authority = "a", .path = "/\xff"}));
  CHECK(refused({.method = "GET", .scheme = "http", .authority = "a", .path = "http://a/"}));
  CHECK(refused({.method = "GET", .authority = "a", .path = "/", .protocol = "websocket"}));
  CHECK(refused({.method = "CONNECT", .authority = "a"}));
  CHECK(refused({.method = "CONNECT", .authority = "a:1", .path = "/"}));
  CHECK(refused({.method = "CONNECT", .scheme = "https", .authority = "a:1"}));
  CHECK(refused({.method = "CONNECT", .authority = "a", .path = "", .protocol = "websocket"}));
  CHECK(refused({.method = "CONNECT", .authority = "a", .path = "/", .protocol = "a b"}));
}

TEST_CASE("field names and values") {
  using enum FaultReason;
  CHECK(reason_with("a b", "v") == syntax);
  CHECK(reason_with("", "v") == syntax);
  CHECK(reason_with(":path", "v") == syntax);
  CHECK(reason_with("x", " v") == syntax);
  CHECK(reason_with("x", "v\t") == syntax);
  CHECK(reason_with("x", "a\r\nb: c") == syntax);
  CHECK(reason_with("x", std::string_view("a\0b", 3)) == syntax);
  CHECK(reason_with("x", "a\x7f") == syntax);
}

TEST_CASE("restricted fields") {
  using enum FaultReason;
  for (const char* name : {"connection", "proxy-connection", "keep-alive", "transfer-encoding",
                           "upgrade", "http2-settings", "host"}) {
    CAPTURE(name);
    CHECK(reason_with(name, "a.example") == syntax);
  }
  CHECK(reason_with("te", "gzip") == syntax);
  CHECK(reason_with("content-length", "1, 1") == syntax);
  CHECK(reason_with("content-length", "") == syntax);
  CHECK(reason_with("content-length", "-1") == syntax);
  CHECK(reason_with("expect", "200-maybe") == expectation);
  RequestHead head = get();
  head.fields.add("content-length", "1");
  head.fields.add("content-length", "1");
  CHECK(reason(head) == syntax);
}

TEST_CASE("request limits") {
  using enum FaultReason;
  RequestHead head = get();
  head.path = "/" + std::string(8191, 'a');
  CHECK_FALSE(check_request(head));
  head.path += 'a';
  CHECK(reason(head) == target_too_long);

  CHECK_FALSE(reason_with(std::string(256, 'n'), "v"));
  CHECK(reason_with(std::string(257, 'n'), "v") == field_too_large);
  CHECK_FALSE(reason_with("n", std::string(16383, 'v')));
  CHECK(reason_with("n", std::string(16384, 'v')) == field_too_large);

  head = get();
  for (int i = 0; i < 512; ++i)
    head.fields.add("n", "v");
  CHECK_FALSE(check_request(head));
  head.fields.add("n", "v");
  CHECK(reason(head) == too_many_fields);

  head = get();
  for (int i = 0; i < 4; ++i)
    head.fields.add("n", std::string(16380, 'v'));
  CHECK(reason(head) == head_too_large);
}

TEST_CASE("host is merged into the authority") {
  RequestHead head{.method = "GET", .path = "/"};
  head.fields.add("host", "A.example:8080");
  CHECK_FALSE(merge_host(head));
  CHECK(head.authority == "A.example:8080");
  CHECK_FALSE(head.fields.contains("host"));

  head = get();
  CHECK_FALSE(merge_host(head));
  head.fields.add("host", "A.EXAMPLE");
  CHECK_FALSE(merge_host(head));
  CHECK(head.authority == "a.example");

  head.fields.add("host", "b.example");
  CHECK(merge_host(head)->reason == FaultReason::syntax);
  head = get();
  head.fields.add("host", "a.example");
  head.fields.add("host", "a.example");
  CHECK(merge_host(head));
  head = {.method = "GET", .path = "/"};
  head.fields.add("host", "u@a");
  CHECK(merge_host(head));
}

TEST_CASE("responses") {
  ResponseHead head{.status = 200};
  head.fields.add("x", "y");
  CHECK_FALSE(check_response(head));
  head.status = 99;
  CHECK(check_response(head)->reason == FaultReason::syntax);
  head.status = 600;
  CHECK(check_response(head));
  head.status = 200;
  head.fields.add("x", "a\nb");
  CHECK(check_response(head)->reason == FaultReason::syntax);
  head.fields.clear();
  for (int i = 0; i < 5; ++i)
    head.fields.add("n", std::string(16000, 'v'));
  CHECK(check_response(head)->reason == FaultReason::head_too_large);
}

TEST_CASE("trailers") {
  Fields trailers;
  trailers.add("grpc-status", "0");
  CHECK_FALSE(check_trailers(trailers));
  trailers.add(":status", "200");
  CHECK(check_trailers(trailers)->reason == FaultReason::syntax);
}

}  // namespace
}  // namespace outhaul::http
