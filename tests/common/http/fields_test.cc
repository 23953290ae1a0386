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

FieldTraits traits_of(std::string_view name, std::string_view value = "v") {
  Fields fields;
  fields.add(name, value);
  return fields[0].traits;
}

TEST_CASE("Fields know what a relay asks about a name") {
  using namespace field_traits;
  CHECK(traits_of("accept") == 0);
  CHECK(traits_of("x-cookie") == 0);
  CHECK(traits_of("Host") == restricted);
  CHECK(traits_of("content-length", "5") == restricted);
  CHECK(traits_of("expect") == restricted);
  CHECK(traits_of("TE") == (hop_by_hop | restricted));
  for (const char* name : {"connection", "Proxy-Connection", "keep-alive", "transfer-encoding",
                           "upgrade", "http2-settings"}) {
    CAPTURE(name);
    CHECK(traits_of(name) == hop_by_hop);
  }
  CHECK(traits_of("Tunnel-Service") == tunnel);
  CHECK(traits_of("tunnel-") == tunnel);
  CHECK(traits_of("via") == merged);
  CHECK(traits_of("proxy-status") == merged);
  CHECK(traits_of("cookie") == (merged | never_indexed));
}

TEST_CASE("Fields tell malformed lines from good ones") {
  using field_traits::malformed;
  Fields fields;
  CHECK(fields.add("a", ""));
  CHECK(fields.add("a", "tab\tinside and \xe4 obs-text"));
  CHECK_FALSE(fields.may_have(malformed));
  for (const std::string_view name : {"", "a b", "a:", "\xe4", "a\n"}) {
    CAPTURE(name);
    CHECK_FALSE(fields.add(name, "v"));
  }
  const std::string_view nul("x\0y", 3);
  for (const std::string_view value :
       {std::string_view(" a"), std::string_view("a\t"), std::string_view("a\rb"), nul,
        std::string_view("eight or more bytes \x7f"), std::string_view("\x01 at the very begin"),
        std::string_view("in the middle\n of it all")}) {
    CAPTURE(value);
    CHECK((traits_of("a", value) & malformed) != 0);
  }
  CHECK(fields.may_have(malformed));
  fields.clear();
  CHECK_FALSE(fields.may_have(malformed));
}

TEST_CASE("Fields remember bounds, and traits of what was removed") {
  Fields fields;
  fields.add("longest-name", "v");
  fields.add("a", "the longest line of all");
  CHECK(fields.longest_name() == 12);
  CHECK(fields.longest_line() == 24);
  fields.add("te", "trailers");
  fields.remove("te");
  CHECK(fields.may_have(field_traits::hop_by_hop));
  CHECK_FALSE(fields.contains("te"));
}

TEST_CASE("a line that was checked elsewhere is the same line") {
  Fields checked;
  Fields added;
  for (int i = 0; i < 40; ++i) {
    const std::string value(static_cast<std::size_t>(30 * i), 'v');
    checked.add_checked("content-length", value);
    added.add("content-length", value);
  }
  checked.add_checked("x", "");
  added.add("x", "");
  const Fields copy = checked;
  REQUIRE(copy.size() == added.size());
  for (std::size_t i = 0; i < added.size(); ++i) {
    CHECK(copy[i].name == added[i].name);
    CHECK(copy[i].value == added[i].value);
    CHECK(copy[i].traits == added[i].traits);
  }
  CHECK(copy.may_have(field_traits::restricted));
  CHECK(copy.list_size() == added.list_size());
  CHECK(copy.longest_line() == added.longest_line());
}

TEST_CASE("equality without case") {
  CHECK(equals_ignoring_case("Keep-Alive", "keep-aLIVE"));
  CHECK_FALSE(equals_ignoring_case("a", "ab"));
  CHECK_FALSE(equals_ignoring_case("[", "{"));
  CHECK_FALSE(equals_ignoring_case("@", "`"));
}

}  // namespace
}  // namespace outhaul::http
