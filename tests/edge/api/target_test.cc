#include "edge/api/target.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace outhaul;
using namespace outhaul::edge;

TEST_CASE("paths are split, then decoded") {
  const auto split = [](std::string_view path) {
    const auto segments = split_path(path);
    return segments ? *segments : std::vector<std::string>{"refused"};
  };
  CHECK(split("/v1/services/my%20api") == std::vector<std::string>{"v1", "services", "my api"});
  CHECK(split("/v1/services/") == std::vector<std::string>{"v1", "services"});
  CHECK(split("/a%2Fb") == std::vector<std::string>{"a/b"});
  CHECK(split("//a") == std::vector<std::string>{"", "a"});
  CHECK(split("/a+b") == std::vector<std::string>{"a+b"});
  CHECK(split("/") == std::vector<std::string>{});
  CHECK(split("") == std::vector<std::string>{"refused"});
  CHECK(split("v1") == std::vector<std::string>{"refused"});
  for (const std::string path : {"/%", "/%4", "/%zz", "/a%4"}) {
    CHECK(split(path) == std::vector<std::string>{"refused"});
  }
}

TEST_CASE("queries are split, then decoded") {
  const auto query = parse_query("page=2&name=a%26b+c&flag&&empty=");
  REQUIRE(query);
  CHECK(query->size() == 4);
  CHECK(query->at("page") == "2");
  CHECK(query->at("name") == "a&b c");
  CHECK(query->at("flag") == "");
  CHECK(query->at("empty") == "");
  CHECK(parse_query("")->empty());
  CHECK_FALSE(parse_query("a=%"));
  CHECK_FALSE(parse_query("a=1&%61=2"));
}
