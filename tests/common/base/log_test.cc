#include "common/base/log.h"

#include <atomic>
#include <chrono>
#include <limits>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "common/base/log_line.h"
#include "common/base/utf8.h"
#include "tests/support/capture_log_sink.h"

using namespace outhaul;
using outhaul::test::CaptureLogSink;

namespace {

const auto moment = std::chrono::system_clock::time_point(std::chrono::milliseconds(1767323045678));

std::string human(std::initializer_list<LogField> fields) {
  return std::string(format_log_line(LogStyle::human, moment, LogLevel::info, "event", fields));
}
std::string json(std::initializer_list<LogField> fields) {
  return std::string(format_log_line(LogStyle::json, moment, LogLevel::info, "event", fields));
}

}  // namespace

TEST_CASE("the two formats") {
  const std::string edge = "fra3-e07";
  CHECK(human({{"edge", edge}, {"conn", 0}, {"up", true}, {"share", 0.5}, {"bytes", 7UL}}) ==
        "2026-01-02T03:04:05.678Z INFO  event edge=fra3-e07 conn=0 up=true share=0.5 bytes=7");
  CHECK(json({{"edge", edge}, {"conn", -1}, {"up", false}, {"share", 0.5}}) ==
        R"({"time":"2026-01-02T03:04:05.678Z","level":"info","event":"event","edge":"fra3-e07",)"
        R"("conn":-1,"up":false,"share":0.5})");
  CHECK(format_log_line(LogStyle::human_coloured, moment, LogLevel::error, "e", {}) ==
        "2026-01-02T03:04:05.678Z \x1b[31mERROR\x1b[0m e");
  CHECK(json({{"n", std::numeric_limits<double>::infinity()}}).ends_with("\"n\":null}"));
  CHECK(json({{"n", std::numeric_limits<std::uint64_t>::max()}})
            .ends_with("\"n\":18446744073709551615}"));
}

TEST_CASE("times are RFC 3339 in UTC with milliseconds") {
  using namespace std::chrono;
  CHECK(format_time(system_clock::time_point()) == "1970-01-01T00:00:00.000Z");
  CHECK(format_time(system_clock::time_point(milliseconds(951782400007))) ==
        "2000-02-29T00:00:00.007Z");
  CHECK(format_time(system_clock::time_point(microseconds(-1))) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("values are quoted where a reader could misread them") {
  CHECK(human({{"a", ""}, {"b", "two words"}, {"c", "x=y"}, {"d", "q\"\\"}})
            .ends_with(R"(a="" b="two words" c="x=y" d="q\"\\")"));
  CHECK(human({{"a", "10.0.0.5:80"}, {"b", "[fd00::1]:53"}})
            .ends_with("a=10.0.0.5:80 b=[fd00::1]:53"));
  CHECK(human({{"a", "f\xc3\xbcr"}}).ends_with("a=\"f\xc3\xbcr\""));
}

TEST_CASE("hostile bytes cannot break a line") {
  const std::string hostile = "a\nb\r\t\x1b[31m\x7f\xff\xc2\x9b\xe2\x80\xae\xe2\x80\xa8";
  CHECK(human({{"v", hostile}})
            .ends_with("v=\"a\\nb\\r\\t\\u001b[31m\\u007f\\xff\\u009b\\u202e\\u2028\""));
  CHECK(
      json({{"v", hostile}})
          .ends_with("\"v\":\"a\\nb\\r\\t\\u001b[31m\\u007f\xef\xbf\xbd\\u009b\\u202e\\u2028\"}"));
  CHECK(human({{"v", std::string_view("\0", 1)}}).ends_with("v=\"\\u0000\""));
  CHECK(human({{"bad key", 1}}).ends_with("\"bad key\"=1"));

  std::string every_byte;
  for (int c = 0; c < 256; ++c)
    every_byte.push_back(static_cast<char>(c));
  for (const std::string& line : {human({{"v", every_byte}}), json({{"v", every_byte}})}) {
    CHECK(is_utf8(line));
    for (char c : line)
      CHECK_FALSE((static_cast<unsigned char>(c) < 0x20 || c == 0x7f));
  }
}

TEST_CASE("long values are cut, never inside a character") {
  const std::string line = json({{"v", std::string(log_value_size_maximum + 1, 'x')}});
  CHECK(line.ends_with("x...\"}"));
  CHECK(line.size() < log_value_size_maximum + 100);
  const std::string half = std::string(log_value_size_maximum - 1, 'x') + "\xc3\xbc";
  CHECK(human({{"v", half}}).ends_with("xx...\""));
}

TEST_CASE("levels filter and can change at run time") {
  CaptureLogSink sink;
  Log log(sink, LogLevel::warn);
  CHECK_FALSE(log.enabled(LogLevel::info));
  CHECK(log.enabled(LogLevel::error));
  log.info("hidden");
  log.warn("shown", {{"n", 1}});
  log.set_level(LogLevel::trace);
  log.trace("now_shown");
  log.set_level(LogLevel::off);
  log.error("hidden_too");
  CHECK_FALSE(log.enabled(LogLevel::off));
  REQUIRE(sink.lines().size() == 2);
  CHECK(sink.contains("WARN  shown n=1"));
  CHECK(sink.contains("TRACE now_shown"));
}

TEST_CASE("level names round trip") {
  for (LogLevel level : {LogLevel::trace, LogLevel::debug, LogLevel::info, LogLevel::warn,
                         LogLevel::error, LogLevel::off}) {
    CHECK(*parse_log_level(to_string(level)) == level);
  }
  CHECK_FALSE(parse_log_level("INFO"));
  CHECK_FALSE(parse_log_level(""));
}

TEST_CASE("the level may be changed by one thread while others write") {
  CaptureLogSink sink;
  Log log(sink, LogLevel::off);
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    while (!stop)
      log.debug("tick");
  });
  log.set_level(LogLevel::debug);
  while (!sink.contains("DEBUG tick"))
    std::this_thread::yield();
  log.set_level(LogLevel::warn);
  stop = true;
  writer.join();
  const std::size_t written = sink.lines().size();
  log.debug("tick");
  CHECK(sink.lines().size() == written);
  CHECK(log.level() == LogLevel::warn);
}
