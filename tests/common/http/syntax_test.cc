#include "common/http/syntax.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/http/fields.h"

namespace outhaul::http {
namespace {

TEST_CASE("tchar is exactly the set of RFC 9110") {
  const std::string_view others = "!#$%&'*+-.^_`|~";
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool alphanumeric =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    CAPTURE(byte);
    CHECK(is_tchar(c) == (alphanumeric || others.find(c) != std::string_view::npos));
  }
}

TEST_CASE("tokens") {
  CHECK(is_token("GET"));
  CHECK_FALSE(is_token(""));
  CHECK_FALSE(is_token("a b"));
  CHECK(is_lower_case_token("x-a_b"));
  CHECK_FALSE(is_lower_case_token("X"));
  CHECK_FALSE(is_lower_case_token(""));
  CHECK_FALSE(is_lower_case_token(":path"));
}

TEST_CASE("field values at every offset of a word") {
  for (int byte = 0; byte < 256; ++byte) {
    const bool allowed = byte == 0x09 || (byte >= 0x20 && byte != 0x7f);
    for (std::size_t offset = 0; offset < 20; ++offset) {
      std::string text(20, 'x');
      text[offset] = static_cast<char>(byte);
      CAPTURE(byte);
      CAPTURE(offset);
      CHECK(has_only_field_characters(text) == allowed);
    }
  }
  CHECK(is_field_value(""));
  CHECK(is_field_value("a\tb c"));
  CHECK_FALSE(is_field_value(" a"));
  CHECK_FALSE(is_field_value("a\t"));
  CHECK_FALSE(is_field_value(" "));
  CHECK(trim_whitespace(" \t a b\t ") == "a b");
  CHECK(trim_whitespace(" \t ").empty());
}

TEST_CASE("decimal numbers") {
  CHECK(parse_decimal("0") == 0U);
  CHECK(parse_decimal("007") == 7U);
  CHECK(parse_decimal("9223372036854775807") == 9223372036854775807U);
  CHECK_FALSE(parse_decimal("9223372036854775808"));
  CHECK_FALSE(parse_decimal("9223372036854775810"));
  CHECK_FALSE(parse_decimal("10000000000000000000"));
  CHECK_FALSE(parse_decimal("18446744073709551616"));
  for (const char* text : {"", "+1", "-1", " 1", "1 ", "1a", "0x1", "1,1"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_decimal(text));
  }
}

TEST_CASE("hexadecimal numbers") {
  CHECK(parse_hexadecimal("0") == 0U);
  CHECK(parse_hexadecimal("fF") == 255U);
  CHECK(parse_hexadecimal("7fffffffffffffff") == 0x7fffffffffffffffU);
  CHECK(parse_hexadecimal("0000000000000001") == 1U);
  CHECK_FALSE(parse_hexadecimal("8000000000000000"));
  for (const char* text : {"", "00000000000000001", "0x1", "+1", " 1", "1 ", "g", "@", "`", ":"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_hexadecimal(text));
  }
}

TEST_CASE("paths") {
  for (const char* path : {"/", "/a?b=c&d", "//x", "/%00", "/a|b\\c\"<>{}^`"}) {
    CAPTURE(path);
    CHECK(is_origin_form(path));
  }
  for (const char* path : {"", "a", "*", "/a b", "/a#b", "/\t", "/\x7f", "/\x80", "?a"}) {
    CAPTURE(path);
    CHECK_FALSE(is_origin_form(path));
  }
}

TEST_CASE("authorities") {
  const auto authority = parse_authority("[fd00::1]:443");
  REQUIRE(authority);
  CHECK(authority->host == "[fd00::1]");
  CHECK(authority->port == 443);
  CHECK_FALSE(parse_authority("a.example")->port);
  for (const char* text : {"a", "10.0.0.1", "a_b", "A.b.", "a%20b:1", "x:65535", "[::]"}) {
    CAPTURE(text);
    CHECK(parse_authority(text));
  }
  for (const char* text :
       {"",       ":80",         "a:",    "a:0",    "a:65536", "a:000001", "a:+1",
        "a:1:2",  "u@a",         "u:p@a", "a/b",    "a?b",     "a#b",      "a b",
        "a%2",    "a%zz",        "::1",   "[::1",   "[::1]x",  "[]",       "[::1%25eth0]",
        "[v1.x]", "[127.0.0.1]", "a\\b",  "[::1]:", "\x80"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_authority(text));
  }
  CHECK_FALSE(parse_authority(std::string_view("[::1\0]", 6)));
}

TEST_CASE("list members") {
  std::vector<std::string> members;
  for_each_member(" a ,b,, c\t",
                  [&members](std::string_view member) { members.emplace_back(member); });
  CHECK(members == std::vector<std::string>{"a", "b", "", "c"});
}

TEST_CASE("names are copied in lower case and checked, whatever their length and byte") {
  std::string all_tokens = "Content-Length_x.y~3!#$%&'*+^`|";
  for (std::size_t size = 1; size <= all_tokens.size(); ++size) {
    const std::string name = all_tokens.substr(0, size);
    std::string out(size, '?');
    CHECK(copy_name(name, out.data()));
    CHECK(equals_ignoring_case(out, name));
    CHECK(is_lower_case_token(out));
  }
  CHECK_FALSE(copy_name("", nullptr));
  for (const std::size_t size : {1U, 7U, 8U, 9U, 20U}) {
    for (std::size_t place = 0; place < size; ++place) {
      for (unsigned byte = 0; byte < 256; ++byte) {
        std::string name(size, 'n');
        name[place] = static_cast<char>(byte);
        std::string out(size, '?');
        const bool good = copy_name(name, out.data());
        std::string wanted = name;
        for (char& c : wanted)
          c = to_lower(c);
        REQUIRE(good == is_token(name));
        REQUIRE(out == wanted);
      }
    }
  }
}

TEST_CASE("values are copied and checked, whatever their length and byte") {
  for (const std::size_t size : {1U, 7U, 8U, 9U, 20U}) {
    for (std::size_t place = 0; place < size; ++place) {
      for (unsigned byte = 0; byte < 256; ++byte) {
        std::string value(size, 'v');
        value[place] = static_cast<char>(byte);
        const bool control = (byte < 0x20 && byte != 9) || byte == 0x7f;
        const bool padded = (byte == 9 || byte == 0x20) && (place == 0 || place + 1 == size);
        std::string out(size, '?');
        const bool good = copy_value(value, out.data());
        REQUIRE(good == !(control || padded));
        REQUIRE(good == is_field_value(value));
        REQUIRE(has_only_field_characters(value) == !control);
        REQUIRE(out == value);
      }
    }
  }
  CHECK(copy_value("", nullptr));
}

}  // namespace
}  // namespace outhaul::http
