#include "common/base/structured_fields.h"

#include <array>
#include <string>

#include <doctest/doctest.h>

using namespace outhaul;
using namespace outhaul::structured;

namespace {

/// Parses and writes again: the canonical text, or "error".
std::string item(std::string_view text) {
  const auto parsed = parse_item(text);
  if (!parsed) return "error";
  const auto written = serialize(*parsed);
  return written ? *written : "unwritable";
}
std::string list(std::string_view text) {
  const auto parsed = parse_list(text);
  if (!parsed) return "error";
  const auto written = serialize(*parsed);
  return written ? *written : "unwritable";
}
std::string dictionary(std::string_view text) {
  const auto parsed = parse_dictionary(text);
  if (!parsed) return "error";
  const auto written = serialize(*parsed);
  return written ? *written : "unwritable";
}

template <typename T>
T value_of(std::string_view text) {
  const auto parsed = parse_item(text);
  REQUIRE(parsed);
  const T* value = as<T>(*parsed);
  REQUIRE(value != nullptr);
  return *value;
}

}  // namespace

TEST_CASE("integers") {
  CHECK(value_of<std::int64_t>("42") == 42);
  CHECK(value_of<std::int64_t>("-42") == -42);
  CHECK(item("0") == "0");
  CHECK(item("-0") == "0");
  CHECK(item("00") == "0");
  CHECK(item("042") == "42");
  CHECK(item("-00042") == "-42");
  CHECK(item("999999999999999") == "999999999999999");
  CHECK(item("-999999999999999") == "-999999999999999");
  CHECK(item("  1  ") == "1");
  for (const char* bad :
       {"", "-", "--1", "- 1", "+1", "1 2", "1,2", "2 ,1", "4a2", "1000000000000000",
        "-1000000000000000", "0000000000000000", "\t1", "1\t"}) {
    CAPTURE(bad);
    CHECK(item(bad) == "error");
  }
}

TEST_CASE("decimals") {
  CHECK(value_of<Decimal>("1.5").thousandths == 1500);
  CHECK(value_of<Decimal>("-0.001").thousandths == -1);
  CHECK(item("1.50") == "1.5");
  CHECK(item("1.0") == "1.0");
  CHECK(item("1.100") == "1.1");
  CHECK(item("-1.05") == "-1.05");
  CHECK(item("-0.5") == "-0.5");
  CHECK(item("-0.0") == "0.0");
  CHECK(item("00000000000.1") == "0.1");
  CHECK(item("999999999999.999") == "999999999999.999");
  CHECK(item("-999999999999.999") == "-999999999999.999");
  for (const char* bad : {"1.", ".1", "-.1", "1.2.3", "1.-5", "1.0001", "1234567890123.0", "1. 5",
                          "1 .5", "0000000000000.1", "-1.", "1.23456"}) {
    CAPTURE(bad);
    CHECK(item(bad) == "error");
  }
}

TEST_CASE("strings") {
  CHECK(value_of<std::string>("\"foo bar\"") == "foo bar");
  CHECK(value_of<std::string>("\"\"").empty());
  CHECK(value_of<std::string>(R"("b\"a\\r")") == "b\"a\\r");
  CHECK(item(R"("b\"a\\r")") == R"("b\"a\\r")");
  CHECK(item("\" ~\"") == "\" ~\"");
  for (const char* bad :
       {"\"foo", "\"", "\"\\\"", "\"foo\\,\"", "'foo'", "\"f\xc3\xbcr\"", "\"a\x7f\"", "\"a\tb\"",
        "\"a\nb\"", "\"foo\" bar", "\"foo\"bar", "\"foo\\"}) {
    CAPTURE(bad);
    CHECK(item(bad) == "error");
  }
  CHECK(item(std::string_view("\"a\0b\"", 5)) == "error");
  for (int c = 0; c < 256; ++c) {
    const std::string text = std::string("\"") + static_cast<char>(c) + "\"";
    const bool plain = c >= 0x20 && c <= 0x7e && c != '"' && c != '\\';
    CAPTURE(c);
    CHECK((item(text) == text) == plain);
  }
}

TEST_CASE("tokens") {
  CHECK(value_of<Token>("a_b-c.d3:f%00/*").text == "a_b-c.d3:f%00/*");
  CHECK(item("*") == "*");
  CHECK(item("FooBar") == "FooBar");
  CHECK(item("a!#$%&'*+-.^_`|~:/") == "a!#$%&'*+-.^_`|~:/");
  for (const char* bad :
       {"a=b", "a b", "a\"b", "a(b", "a@b", "a,b", "a[b", "_a", "!a", "a\xc3\xa9"}) {
    CAPTURE(bad);
    CHECK(item(bad) == "error");
  }
}

TEST_CASE("byte sequences") {
  CHECK(value_of<ByteSequence>(":aGVsbG8=:").bytes.size() == 5);
  CHECK(item(":aGVsbG8=:") == ":aGVsbG8=:");
  CHECK(item("::") == "::");
  CHECK(item(":/+Ah:") == ":/+Ah:");
  for (const char* bad :
       {":aGVsbG8=", "aGVsbG8=:", ":", ":aGVsbG8:", ":aGVsbG9=:", ":aGVs bG8=:", ": aGVsbG8=:",
        ":aGVsbG8= :", ":_-Ah:", ":=aGVsbG8=:", ":iZ==:", ":aGVsbG8=: x"}) {
    CAPTURE(bad);
    CHECK(item(bad) == "error");
  }
}

TEST_CASE("booleans, dates and display strings") {
  CHECK(value_of<bool>("?1"));
  CHECK_FALSE(value_of<bool>("?0"));
  for (const char* bad : {"?", "?Q", "? 1", "?2", "?T", "?true", "?1.0"})
    CHECK(item(bad) == "error");

  CHECK(value_of<Date>("@1659578233").seconds == 1659578233);
  CHECK(item("@-62135596800") == "@-62135596800");
  CHECK(item("@0") == "@0");
  for (const char* bad : {"@", "@1659578233.12", "@abc", "@ 1", "@\"1\"", "@1000000000000000"}) {
    CAPTURE(bad);
    CHECK(item(bad) == "error");
  }

  CHECK(value_of<DisplayString>("%\"f%c3%bc%c3%bc\"").text == "f\xc3\xbc\xc3\xbc");
  CHECK(item("%\"%25 %22 \\ ~\"") == "%\"%25 %22 \\ ~\"");
  CHECK(item("%\"\"") == "%\"\"");
  CHECK(item("%\"%0a\"") == "%\"%0a\"");
  for (const char* bad :
       {"%", "%foo", "%'a'", "%\"", "%\"a", "%\"%C3%BC\"", "%\"%c3\"", "%\"%c\"", "%\"%gg\"",
        "%\"%\"", "%\"f\xc3\xbc\"", "%\"a\tb\"", "%\"%c3%28\"", "% \"a\""}) {
    CAPTURE(bad);
    CHECK(item(bad) == "error");
  }
}

TEST_CASE("parameters of items") {
  CHECK(item("text/html;charset=utf-8") == "text/html;charset=utf-8");
  CHECK(item("a;b=?1;c") == "a;b;c");
  CHECK(item("a;   b=1;c=?0") == "a;b=1;c=?0");
  CHECK(item("a;b=1;c=2;b=3") == "a;b=3;c=2");
  CHECK(item("1;*k=\"x\"") == "1;*k=\"x\"");
  for (const char* bad : {"a ;b", "a;", "a;B=1", "a;b =1", "a;b= 1", "a;b=", "a;=1", "a;1b=2",
                          "a;b=(1)", "a;b\t;c"}) {
    CAPTURE(bad);
    CHECK(item(bad) == "error");
  }
}

TEST_CASE("lists") {
  CHECK(list("") == "");
  CHECK(list("   ") == "");
  CHECK(list("1, 42") == "1, 42");
  CHECK(list("1 \t , \t 42") == "1, 42");
  CHECK(list("1,42") == "1, 42");
  CHECK(list("  1, 42 \t ") == "1, 42");
  CHECK(list("a;x=1, b;y") == "a;x=1, b;y");
  CHECK(list("(1 2), (42 43)") == "(1 2), (42 43)");
  CHECK(list("(  1  2  )") == "(1 2)");
  CHECK(list("()") == "()");
  CHECK(list("(    )") == "()");
  CHECK(list("(\"a\";p b;q=2);r=3") == "(\"a\";p b;q=2);r=3");
  CHECK(list("(1),(),(42)") == "(1), (), (42)");
  for (const char* bad :
       {",", "1,", "1, ", ",1", "1,,42", "1 42", "(1 42", "(1,2)", "(1\t2)", "((1))", "1)", "(1)2",
        "(1\"a\")", "\t1", "(", "(1 ", "(1 42,", "a, b;"}) {
    CAPTURE(bad);
    CHECK(list(bad) == "error");
  }
}

TEST_CASE("dictionaries") {
  CHECK(dictionary("") == "");
  CHECK(dictionary("en=\"Applepie\", da=:w4ZibGV0w6ZydGU=:") ==
        "en=\"Applepie\", da=:w4ZibGV0w6ZydGU=:");
  CHECK(dictionary("a=?0, b, c; foo=bar") == "a=?0, b, c;foo=bar");
  CHECK(dictionary("a=?1;x=2") == "a;x=2");
  CHECK(dictionary("rating=1.5, feelings=(joy sadness)") == "rating=1.5, feelings=(joy sadness)");
  CHECK(dictionary("a=(1 2), b=3, c=4;aa=bb, d=(5 6);valid") ==
        "a=(1 2), b=3, c=4;aa=bb, d=(5 6);valid");
  CHECK(dictionary("a=1,b=2") == "a=1, b=2");
  CHECK(dictionary("a=1 ,  b=2") == "a=1, b=2");
  CHECK(dictionary("a=1\t,\tb=2") == "a=1, b=2");
  CHECK(dictionary("  a=1  ") == "a=1");
  CHECK(dictionary("a=1,b=2,a=3") == "a=3, b=2");
  CHECK(dictionary("*a_-.*9=1") == "*a_-.*9=1");
  for (const char* bad :
       {"a=1,", "a=1, ", ",a=1", "a=1,,b=2", "a =1", "a= 1", "a = 1", "A=1", "a=1 b=2", "=1",
        "a=", "1a=1", "-a=1", "a=1;", "a=,b=1", "\ta=1", "a=1;b=2 c", "\"a\"=1", "a\xc3\xa9=1"}) {
    CAPTURE(bad);
    CHECK(dictionary(bad) == "error");
  }
}

TEST_CASE("duplicate keys can be refused") {
  CHECK(parse_dictionary("a=1, b=2, a=3"));
  const auto refused = parse_dictionary("a=1, b=2, a=3", DuplicateKeys::refuse);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::invalid);
  CHECK(refused.error().message.find("\"a\"") != std::string::npos);
  CHECK_FALSE(parse_dictionary("a, a", DuplicateKeys::refuse));
  CHECK_FALSE(parse_dictionary("a=1;p=1;p=2", DuplicateKeys::refuse));
  CHECK_FALSE(parse_list("a;p=1;p=2", DuplicateKeys::refuse));
  CHECK_FALSE(parse_item("a;p;p", DuplicateKeys::refuse));
  CHECK(parse_dictionary("a=1;p, b=2;p", DuplicateKeys::refuse));
}

TEST_CASE("several lines are one value") {
  const std::array<std::string_view, 3> lines = {"a=1", "b=2;x", "c=(1 2)"};
  CHECK(join_lines(lines) == "a=1, b=2;x, c=(1 2)");
  CHECK(dictionary(join_lines(lines)) == "a=1, b=2;x, c=(1 2)");
  const std::array<std::string_view, 2> split = {"\"foo", "bar\""};
  CHECK(list(join_lines(split)) == "\"foo, bar\"");
  const std::array<std::string_view, 2> empty = {"1", ""};
  CHECK(list(join_lines(empty)) == "error");
}

TEST_CASE("what the RFC cannot express is not written") {
  const BareItem bad[] = {integer_maximum + 1,
                          -integer_maximum - 1,
                          Decimal{integer_maximum + 1},
                          std::string("a\nb"),
                          std::string("\xc3\xa9"),
                          Token{""},
                          Token{"a b"},
                          Token{"1"},
                          Date{integer_maximum + 1},
                          DisplayString{"\xff"}};
  for (const BareItem& value : bad) {
    const auto written = serialize(Item{value, {}});
    REQUIRE_FALSE(written);
    CHECK(written.error().kind == ErrorKind::invalid);
  }
  Dictionary upper;
  upper.set("Key", Item{true, {}});
  CHECK_FALSE(serialize(upper));
  Item parameter{true, {}};
  parameter.parameters.set("", true);
  CHECK_FALSE(serialize(parameter));
}

TEST_CASE("maps keep their order and can lose a key") {
  Dictionary map;
  map.set("b", Item{std::int64_t{1}, {}});
  map.set("a", Item{std::int64_t{2}, {}});
  map.set("b", Item{std::int64_t{3}, {}});
  CHECK(*serialize(map) == "b=3, a=2");
  CHECK(map.remove("b"));
  CHECK_FALSE(map.remove("b"));
  CHECK(*serialize(map) == "a=2");
}
