#include "common/http/fields.h"

#include <string>

#include <doctest/doctest.h>

namespace outhaul::http {
namespace {

TEST_CASE("Fields keep order and lower-case names") {
  Fields fields;
  fields.add("X-First", "One");
  fields.add("second", "Two");
  REQUIRE(fields.size() == 2);
  CHECK(fields[0].name == "x-first");
  CHECK(fields[0].value == "One");
  CHECK(fields[1].name == "second");
  CHECK(fields.find("x-first") == "One");
  CHECK_FALSE(fields.find("X-First"));
  CHECK_FALSE(fields.contains("third"));
}

TEST_CASE("Fields count, set, remove and clear") {
  Fields fields;
  fields.add("a", "1");
  fields.add("b", "2");
  fields.add("A", "3");
  CHECK(fields.count("a") == 2);
  fields.set("a", "4");
  CHECK(fields.count("a") == 1);
  CHECK(fields[1].value == "4");
  CHECK(fields.remove("b") == 1);
  CHECK(fields.remove("b") == 0);
  CHECK(fields.size() == 1);
  fields.clear();
  CHECK(fields.empty());
  CHECK(fields.list_size() == 0);
}

TEST_CASE("Fields mark secrets as never indexed") {
  Fields fields;
  for (const char* name : {"Authorization", "cookie", "Set-Cookie", "proxy-authorization"}) {
    fields.add(name, "secret");
  }
  fields.add("accept", "*/*");
  for (std::size_t i = 0; i < 4; ++i)
    CHECK(fields[i].has(field_traits::never_indexed));
  CHECK_FALSE(fields[4].has(field_traits::never_indexed));
}

TEST_CASE("Fields take views of themselves") {
  Fields fields;
  fields.add("name", "a value that is too long for a small string's own storage");
  for (int i = 0; i < 100; ++i)
    fields.add(fields[0].name, fields[0].value);
  CHECK(fields.count("name") == 101);
  CHECK(fields[100].value == fields[0].value);
  fields.set("other", fields[0].value);
  CHECK(fields.find("other") == fields[0].value);
}

TEST_CASE("Fields measure their list size") {
  Fields fields;
  fields.add("abc", "12");
  fields.add("d", "");
  CHECK(fields.list_size() == 3 + 2 + 32 + 1 + 32);
}

TEST_CASE("equality without case") {
  CHECK(equals_ignoring_case("Keep-Alive", "keep-aLIVE"));
  CHECK_FALSE(equals_ignoring_case("a", "ab"));
  CHECK_FALSE(equals_ignoring_case("[", "{"));
  CHECK_FALSE(equals_ignoring_case("@", "`"));
}

}  // namespace
}  // namespace outhaul::http
