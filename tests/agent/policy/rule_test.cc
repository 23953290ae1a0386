#include "agent/policy/rule.h"

#include <string_view>

#include <doctest/doctest.h>

namespace outhaul::agent {
namespace {

TEST_CASE("every form of a rule, and back to text") {
  for (std::string_view text : {
           "service:e6a0817c-79c5-40ca-9776-a1c019defe70",
           "service:e6a0817c-79c5-40ca-9776-a1c019defe70:443",
           "api.internal",
           "api.internal:8080",
           "*.corp.internal",
           "*.corp.internal:8000-8999",
           "localhost:8080",
           "10.0.0.5",
           "10.0.0.5:80",
           "10.0.0.0/8",
           "10.0.0.0/8:1-1023",
           "0.0.0.0/0",
           "fd00::5",
           "fd00::/8",
           "[fd00::5]:443",
           "[fd00::/8]:443-444",
           "[::ffff:127.0.0.1]:80",
       }) {
    CAPTURE(text);
    const auto rule = Rule::parse(text);
    REQUIRE(rule.has_value());
    CHECK(rule->to_string() == text);
    CHECK(Rule::parse(rule->to_string()).value() == *rule);
  }
  CHECK(Rule::parse("API.Internal").value().to_string() == "api.internal");
  CHECK(Rule::parse("[fd00::5]").value().to_string() == "fd00::5");
  CHECK(Rule::parse("10.0.0.5/32").value().to_string() == "10.0.0.5");
}

TEST_CASE("a bad rule is quoted, with the fix") {
  struct Case {
    std::string_view text;
    std::string_view part;
  };
  for (const auto& [text, part] : {
           Case{"", "the target is empty"},
           {":80", "the target is empty"},
           {"service:", "the target is empty"},
           {"service:x", "lower-case UUID"},
           {"service:E6A0817C-79C5-40CA-9776-A1C019DEFE70", "lower-case UUID"},
           {"service:e6a0817c-79c5-40ca-9776-a1c019defe70x", ":PORT or :PORT-PORT"},
           {"10.0.0.0/33", "0..32"},
           {"10.0.0.1/8", "must be zero"},
           {"10.0.0", "four decimal numbers"},
           {"10.0.0.01", "leading zeros"},
           {"2130706433", "four decimal numbers"},
           {"0x7f.1", "last label is a number"},
           {"10.0.0.5:0", "ports from 1 to 65535"},
           {"10.0.0.5:", "ports from 1 to 65535"},
           {"10.0.0.5:65536", "ports from 1 to 65535"},
           {"10.0.0.5:80-", "ports from 1 to 65535"},
           {"10.0.0.5:90-80", "runs backwards"},
           {"[fd00::5", "not closed"},
           {"[fd00::5]443", ":PORT or :PORT-PORT"},
           {"[10.0.0.5]:80", "brackets are for IPv6"},
           {"[api.internal]:80", "IPv4"},
           {"fe80::1%eth0", "IPv6"},
           {"*", "star"},
           {"*internal", "star"},
           {"a.*.internal", "star"},
           {"a_b.internal", "lower-case letters"},
           {"api.internal.", "dot"},
       }) {
    CAPTURE(text);
    const auto rule = Rule::parse(text);
    REQUIRE_FALSE(rule.has_value());
    CHECK(rule.error().message.starts_with("\"" + std::string(text) + "\": "));
    CHECK(rule.error().message.find(part) != std::string::npos);
  }
}

TEST_CASE("host patterns") {
  const Rule below = Rule::parse("*.corp.internal").value();
  CHECK(below.matches_host("a.corp.internal"));
  CHECK(below.matches_host("a.b.corp.internal"));
  CHECK_FALSE(below.matches_host("corp.internal"));
  CHECK_FALSE(below.matches_host("evilcorp.internal"));
  CHECK_FALSE(below.matches_host(".corp.internal"));
  CHECK_FALSE(below.matches_host(""));
  const Rule exact = Rule::parse("corp.internal").value();
  CHECK(exact.matches_host("corp.internal"));
  CHECK_FALSE(exact.matches_host("a.corp.internal"));
}

}  // namespace
}  // namespace outhaul::agent
