#include "common/base/access_log.h"

#include <string>

#include <doctest/doctest.h>

using namespace outhaul;

TEST_CASE("every request has a line by default") {
  const AccessLogRules rules;
  for (int i = 0; i < 100; ++i)
    CHECK(has_access_line(rules, std::to_string(i), 200, false));
}

TEST_CASE("failures always have one, but for an access log that is off") {
  for (const auto lines : {AccessLines::all, AccessLines::failures, AccessLines::none}) {
    const AccessLogRules rules{.lines = lines, .sample = 1000000};
    const bool wanted = lines != AccessLines::none;
    CHECK(has_access_line(rules, "id", 500, false) == wanted);
    CHECK(has_access_line(rules, "id", 502, true) == wanted);
    CHECK(has_access_line(rules, "id", 403, true) == wanted);
    CHECK(has_access_line(rules, "id", 200, true) == wanted);
    CHECK(has_access_line(rules, "id", 0, false) == wanted);
    CHECK_FALSE(has_access_line(rules, "id", 200, false));
    CHECK_FALSE(has_access_line(rules, "id", 404, false));
  }
}

TEST_CASE("a sample holds its share, and the same requests everywhere") {
  const AccessLogRules rules{.sample = 10};
  int sampled = 0;
  for (int i = 0; i < 10000; ++i)
    sampled += has_access_line(rules, "id-" + std::to_string(i), 200, false) ? 1 : 0;
  CHECK(sampled > 900);
  CHECK(sampled < 1100);
  // Both ends must agree, whatever their versions: these never change.
  std::string first;
  for (int i = 0; i < 40; ++i) {
    const std::string id = "id-" + std::to_string(i);
    if (has_access_line(rules, id, 200, false)) first += id + " ";
  }
  CHECK(first == "id-8 id-19 id-25 id-29 id-33 id-36 ");
}

TEST_CASE("a path is logged without its query unless told otherwise") {
  CHECK(logged_path({}, "/a?token=secret") == "/a");
  CHECK(logged_path({}, "/a") == "/a");
  CHECK(logged_path({}, "") == "");
  CHECK(logged_path({.with_query = true}, "/a?b=c") == "/a?b=c");
}
