#include "common/options/value_syntax.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/options/nearest.h"

namespace outhaul::options {
namespace {

struct NumberCase {
  std::string_view text;
  std::int64_t value;
};

TEST_CASE("durations need a unit") {
  for (const auto& [text, value] : {NumberCase{"250ms", 250},
                                    {"30s", 30'000},
                                    {"5m", 300'000},
                                    {"1h", 3'600'000},
                                    {"0", 0},
                                    {"0s", 0}}) {
    CAPTURE(text);
    const auto parsed = parse_duration(text);
    REQUIRE(parsed.has_value());
    CHECK(parsed->count() == value);
  }
  for (std::string_view text : {"", "30", "s", "1.5s", "-1s", "30 s", "30sec", "1h30m", "30S",
                                "99999999999999999999s", "9223372036854775807h"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text).has_value());
  }
  CHECK(parse_duration("30").error().message.find("30s") != std::string::npos);
}

TEST_CASE("sizes need a unit") {
  for (const auto& [text, value] : {NumberCase{"512B", 512},
                                    {"64KiB", 65536},
                                    {"1MiB", 1 << 20},
                                    {"2GiB", std::int64_t{2} << 30},
                                    {"0", 0}}) {
    CAPTURE(text);
    const auto parsed = parse_size(text);
    REQUIRE(parsed.has_value());
    CHECK(*parsed == value);
  }
  for (std::string_view text :
       {"", "64", "64KB", "64k", "KiB", "-1KiB", "9223372036854775807KiB"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_size(text).has_value());
  }
}

TEST_CASE("what is formatted can be parsed") {
  for (std::int64_t value : {0, 1, 250, 1'000, 1'500, 60'000, 90'000, 3'600'000}) {
    const std::string text = format_duration(std::chrono::milliseconds(value));
    CAPTURE(text);
    CHECK(parse_duration(text).value().count() == value);
    CHECK(parse_size(format_size(value)).value() == value);
  }
  CHECK(format_duration(std::chrono::seconds(90)) == "90s");
  CHECK(format_size(1 << 20) == "1MiB");
}

TEST_CASE("integers and booleans") {
  CHECK(parse_integer("-12").value() == -12);
  for (std::string_view text : {"", "1x", " 1", "0x10", "99999999999999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_integer(text).has_value());
  }
  CHECK(parse_boolean("true").value());
  CHECK_FALSE(parse_boolean("off").value());
  CHECK_FALSE(parse_boolean("maybe").has_value());
}

TEST_CASE("a quoted value stays one printable line") {
  CHECK(in_quotes("a\nb\"c") == "\"a\\x0ab\\\"c\"");
  CHECK(in_quotes(std::string(100, 'x')) == "\"" + std::string(64, 'x') + "...\"");
}

TEST_CASE("edit distance") {
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("rnu", "run") == 1);
  CHECK(edit_distance("same", "same") == 0);
}

TEST_CASE("the nearest word") {
  const std::vector<std::string> words = {"--edge", "--edge-ca", "--tunnel-id"};
  CHECK(nearest("--edg", words) == "--edge");
  CHECK(nearest("--tunel-id", words) == "--tunnel-id");
  CHECK(nearest("--tunn", words) == "--tunnel-id");
  CHECK_FALSE(nearest("--verbose", words).has_value());
  CHECK_FALSE(nearest("", words).has_value());
}

}  // namespace
}  // namespace outhaul::options
