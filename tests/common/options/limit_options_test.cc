#include "common/options/limit_options.h"

#include <string>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

#include "common/options/command_line.h"

namespace outhaul::options {
namespace {

const Program& program() {
  static const Program instance{
      .name = "test",
      .version = "1",
      .summary = "a test",
      .environment_prefix = "TEST",
      .commands = {{.path = "run",
                    .summary = "run",
                    .groups = {{"Limits", {}}},
                    .options = http_limit_options("Limits")}},
      .exit_codes = {},
  };
  return instance;
}

Limits limits_of(std::vector<std::string> words) {
  words.insert(words.begin(), "run");
  auto line = parse_command_line(program(), words, {});
  if (const auto* finish = std::get_if<Finish>(&line)) FAIL(finish->error_text);
  Limits limits;
  read_http_limits(std::get<Invocation>(line).values, limits);
  return limits;
}

TEST_CASE("without flags they are the documented defaults") {
  const Limits limits = limits_of({});
  CHECK(limits.header_list_size == default_limits.header_list_size);
  CHECK(limits.field_value_size == default_limits.field_value_size);
  CHECK(limits.path_size == default_limits.path_size);
  CHECK(limits.field_count == default_limits.field_count);
  CHECK(limits.pings == default_limits.pings);
  CHECK(limits.settings == default_limits.settings);
  CHECK(limits.empty_data == default_limits.empty_data);
  CHECK(limits.stream_window == default_limits.stream_window);
  CHECK(limits.connection_window == default_limits.connection_window);
  // Less where a control group leaves this test less.
  CHECK(limits.memory_budget <= default_limits.memory_budget);
}

TEST_CASE("every flag reaches its limit") {
  const Limits limits = limits_of({"--header-list-size",
                                   "32KiB",
                                   "--field-size",
                                   "2KiB",
                                   "--path-size",
                                   "3KiB",
                                   "--fields",
                                   "4",
                                   "--pings",
                                   "5",
                                   "--settings-frames",
                                   "6",
                                   "--empty-data-frames",
                                   "7",
                                   "--stream-window",
                                   "128KiB",
                                   "--connection-window",
                                   "2MiB",
                                   "--memory-limit",
                                   "64MiB"});
  CHECK(limits.header_list_size == 32 * kibibyte);
  CHECK(limits.field_value_size == 2 * kibibyte);
  CHECK(limits.path_size == 3 * kibibyte);
  CHECK(limits.field_count == 4);
  CHECK(limits.pings == RateLimit{5, 5, std::chrono::seconds(10)});
  CHECK(limits.settings == RateLimit{6, 6, std::chrono::seconds(10)});
  CHECK(limits.empty_data == RateLimit{7, 7, std::chrono::seconds(10)});
  CHECK(limits.stream_window == 128 * kibibyte);
  CHECK(limits.connection_window == 2 * mebibyte);
  CHECK(limits.memory_budget == 64 * mebibyte);
}

TEST_CASE("a head that could not be sent on is no limit") {
  const auto line = parse_command_line(
      program(), std::vector<std::string>{"run", "--header-list-size", "1MiB"}, {});
  REQUIRE(std::holds_alternative<Finish>(line));
  CHECK(std::get<Finish>(line).error_text.find("--header-list-size") != std::string::npos);
}

}  // namespace
}  // namespace outhaul::options
