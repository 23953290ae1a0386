#include "common/base/log_repeats.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/support/capture_log_sink.h"

using namespace outhaul;
using namespace std::chrono_literals;

namespace {

constexpr LogRepeats::Limits limits{.burst = 2, .interval = 10s, .lines_known = 4};

LogRepeats::Clock::time_point at(std::chrono::seconds time) {
  return LogRepeats::Clock::time_point(1000s + time);
}

bool admit(LogRepeats& repeats, std::chrono::seconds time, std::initializer_list<LogField> fields,
           LogLevel level = LogLevel::warn) {
  return repeats.admit(level, "event", fields, at(time));
}

std::string shown(const LogRepeats::Held& held) {
  std::string text = std::string(to_string(held.level)) + " " + held.event;
  for (const LogField& field : held.fields()) {
    text += " " + std::string(field.key) + "=";
    if (const auto* words = std::get_if<std::string_view>(&field.value.variant())) text += *words;
    if (const auto* number = std::get_if<std::uint64_t>(&field.value.variant())) {
      text += std::to_string(*number);
    }
    if (const auto* number = std::get_if<std::int64_t>(&field.value.variant())) {
      text += std::to_string(*number);
    }
  }
  return text;
}

}  // namespace

TEST_CASE("the first lines alike go through, the rest is counted into one line") {
  LogRepeats repeats(limits);
  CHECK(admit(repeats, 0s, {{"reason", "refused"}, {"slot", 1}}));
  CHECK(admit(repeats, 1s, {{"reason", "refused"}, {"slot", 1}}));
  for (int i = 0; i < 7; ++i)
    CHECK_FALSE(admit(repeats, 2s, {{"reason", "refused"}, {"slot", 1}}));
  CHECK(repeats.due(at(9s)).empty());
  const auto due = repeats.due(at(10s));
  REQUIRE(due.size() == 1);
  CHECK(shown(due.front()) == "warn event reason=refused slot=1 repeated=7");
  CHECK(repeats.due(at(30s)).empty());
  CHECK(admit(repeats, 11s, {{"reason", "refused"}, {"slot", 1}}));
}

TEST_CASE("what identifies a line") {
  LogRepeats repeats({.burst = 1, .interval = 10s, .lines_known = 100});
  CHECK(admit(repeats, 0s, {{"reason", "refused"}}));
  CHECK(admit(repeats, 0s, {{"reason", "timed out"}}));
  CHECK(admit(repeats, 0s, {{"reason", "refused"}}, LogLevel::error));
  CHECK(admit(repeats, 0s, {{"slot", 1}}));
  CHECK(admit(repeats, 0s, {{"slot", 2}}));
  CHECK(admit(repeats, 0s, {{"up", true}}));
  CHECK(admit(repeats, 0s, {{"up", false}}));
  CHECK(repeats.admit(LogLevel::warn, "other", {}, at(0s)));

  SUBCASE("not a measurement") {
    CHECK(admit(repeats, 0s, {{"reason", "x"}, {"retry_s", 0.5}}));
    CHECK_FALSE(admit(repeats, 0s, {{"reason", "x"}, {"retry_s", 0.75}}));
  }
  SUBCASE("not a detail, nor the port that a peer picked") {
    CHECK(admit(repeats, 0s, {{"id", "a", LogFieldRole::detail}}));
    CHECK_FALSE(admit(repeats, 0s, {{"id", "b", LogFieldRole::detail}}));
    CHECK(admit(repeats, 0s, {{"address", "10.0.0.1:5000", LogFieldRole::peer_address}}));
    CHECK_FALSE(admit(repeats, 0s, {{"address", "10.0.0.1:5001", LogFieldRole::peer_address}}));
    CHECK(admit(repeats, 0s, {{"address", "10.0.0.2:5001", LogFieldRole::peer_address}}));
    CHECK(admit(repeats, 0s, {{"address", "[::1]:5000", LogFieldRole::peer_address}}));
    CHECK_FALSE(admit(repeats, 0s, {{"address", "[::1]:5001", LogFieldRole::peer_address}}));
  }
}

TEST_CASE("an interval ends by itself") {
  LogRepeats repeats(limits);
  for (int time = 0; time < 100; time += 5)
    CHECK(admit(repeats, std::chrono::seconds(time), {{"reason", "slow trickle"}}));
  CHECK(repeats.all().empty());
}

TEST_CASE("the memory is bounded, and what no longer fits is counted together") {
  LogRepeats repeats(limits);
  int written = 0;
  for (int i = 0; i < 1000; ++i)
    written += admit(repeats, 0s, {{"reason", std::to_string(i)}}) ? 1 : 0;
  CHECK(repeats.known() == limits.lines_known + 1);
  CHECK(written == 4 + 2);  // one each of those known, and the burst of all others
  auto due = repeats.all();
  REQUIRE(due.size() == 1);
  CHECK(due.front().repeated == 1000 - 6);

  SUBCASE("in the next interval there is room again") {
    CHECK(admit(repeats, 10s, {{"reason", "new"}}));
    CHECK(repeats.known() == 1);
  }
}

TEST_CASE("what is kept of a line is its own, and short") {
  LogRepeats repeats({.burst = 0, .interval = 10s, .lines_known = 4});
  {
    const std::string reason(5000, 'x');
    CHECK_FALSE(admit(repeats, 0s, {{"reason", reason}}));
  }
  const auto due = repeats.all();
  REQUIRE(due.size() == 1);
  CHECK(shown(due.front()) == "warn event reason=" + std::string(256, 'x') + " repeated=1");
}

TEST_CASE("a log holds back repeated warnings and reports them at its end") {
  test::CaptureLogSink sink;
  {
    Log log(sink);
    for (int i = 0; i < 100; ++i)
      log.warn("connection_failed", {{"reason", "refused"}});
    log.report_repeats();
    CHECK(sink.lines().size() == 5);
  }
  REQUIRE(sink.lines().size() == 6);
  CHECK(sink.lines().back().ends_with("WARN  connection_failed reason=refused repeated=95"));
}

TEST_CASE("neither access lines nor other information is ever held back") {
  test::CaptureLogSink sink;
  {
    Log log(sink, LogLevel::debug);
    for (int i = 0; i < 100; ++i) {
      log.info("request", {{"status", 200}});
      log.debug("client_down");
    }
  }
  CHECK(sink.lines().size() == 200);
  CHECK_FALSE(sink.contains("repeated"));
}

TEST_CASE("lines that the level leaves out are not counted as repeats") {
  test::CaptureLogSink sink;
  {
    Log log(sink, LogLevel::error);
    for (int i = 0; i < 100; ++i)
      log.warn("connection_failed");
  }
  CHECK(sink.lines().empty());
}
