#include "common/http/h1_framing.h"

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace outhaul::http {
namespace {

Fields make(std::initializer_list<std::pair<std::string_view, std::string_view>> lines) {
  Fields fields;
  for (const auto& [name, value] : lines)
    fields.add(name, value);
  return fields;
}

TEST_CASE("framing of requests") {
  CHECK(request_framing("GET", H1Version::http11, {})->kind == BodyKind::none);
  const auto length = request_framing("POST", H1Version::http11, make({{"content-length", "12"}}));
  REQUIRE(length);
  CHECK(length->kind == BodyKind::content_length);
  CHECK(length->length == 12);
  CHECK(request_framing("GET", H1Version::http11, make({{"transfer-encoding", "Chunked"}}))->kind ==
        BodyKind::chunked);
  const auto refused = request_framing("GET", H1Version::http11, make({{"content-length", "x"}}));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::invalid);
}

TEST_CASE("framing of responses") {
  const auto kind_of = [](std::string_view method, int status, const Fields& fields) {
    return response_framing(method, H1Version::http11, status, fields)->kind;
  };
  const Fields length = make({{"content-length", "5"}});
  CHECK(kind_of("GET", 200, length) == BodyKind::content_length);
  CHECK(kind_of("HEAD", 200, length) == BodyKind::none);
  CHECK(kind_of("GET", 304, length) == BodyKind::none);
  CHECK(kind_of("GET", 204, length) == BodyKind::none);
  CHECK(kind_of("GET", 103, length) == BodyKind::none);
  CHECK(kind_of("CONNECT", 200, length) == BodyKind::none);
  CHECK(kind_of("CONNECT", 404, length) == BodyKind::content_length);
  CHECK(kind_of("GET", 200, {}) == BodyKind::until_close);
  const auto refused = response_framing("GET", H1Version::http11, 200,
                                        make({{"content-length", "5"}, {"content-length", "5"}}));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::protocol);
}

TEST_CASE("which responses end their connection") {
  const auto must_close = [](int status, const Fields& fields) {
    return response_framing("GET", H1Version::http11, status, fields)->must_close;
  };
  CHECK(must_close(200, {}));
  CHECK_FALSE(must_close(200, make({{"content-length", "0"}})));
  CHECK_FALSE(must_close(204, {}));
  CHECK_FALSE(must_close(204, make({{"content-length", "0"}})));
  CHECK(must_close(204, make({{"content-length", "3"}})));
  CHECK(must_close(204, make({{"transfer-encoding", "chunked"}})));
  CHECK_FALSE(must_close(304, make({{"content-length", "3"}})));
}

TEST_CASE("keep-alive") {
  CHECK(keep_alive(H1Version::http11, {}));
  CHECK_FALSE(keep_alive(H1Version::http10, {}));
  CHECK(keep_alive(H1Version::http10, make({{"connection", "x, Keep-Alive"}})));
  CHECK_FALSE(keep_alive(H1Version::http11, make({{"connection", "x"}, {"connection", "Close"}})));
  CHECK_FALSE(keep_alive(H1Version::http11, make({{"connection", "close, keep-alive"}})));
  CHECK_FALSE(keep_alive(H1Version::http10, make({{"connection", "keep-alive,close"}})));
  CHECK_FALSE(keep_alive(H1Version::http11, make({{"connection", "close;x"}})));
  CHECK(keep_alive(H1Version::http11, make({{"connection", ", upgrade,"}})));
}

TEST_CASE("options of Connection") {
  const Fields fields = make({{"connection", "a, B"}, {"x", "y"}, {"connection", "c"}});
  std::vector<std::string_view> options;
  for_each_connection_option(fields,
                             [&options](std::string_view option) { options.push_back(option); });
  REQUIRE(options.size() == 3);
  CHECK(options[1] == "B");
  CHECK(options[2] == "c");
}

}  // namespace
}  // namespace outhaul::http
