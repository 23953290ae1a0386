#include "common/options/resolve.h"

#include <stdexcept>

#include <doctest/doctest.h>

namespace outhaul::options {
namespace {

std::vector<Option> table() {
  return {
      {.name = "name", .default_text = "ada", .value_name = "NAME"},
      {.name = "count",
       .kind = OptionKind::integer,
       .default_text = "4",
       .minimum = 1,
       .maximum = 16},
      {.name = "wait-time",
       .kind = OptionKind::duration,
       .default_text = "10s",
       .minimum = 1000,
       .multiple_of = 1000},
      {.name = "room", .kind = OptionKind::size, .default_text = "1MiB"},
      {.name = "target", .kind = OptionKind::text_list},
      {.name = "quiet", .kind = OptionKind::boolean},
      {.name = "level", .default_text = "info", .choices = {"info", "debug"}},
      {.name = "token", .forms = OptionForms::environment, .environment = "TUNNEL_TOKEN"},
  };
}

Result<Values> resolved(const GivenValues& given) {
  return resolve(table(), "APP", given);
}

std::string error_of(const GivenValues& given) {
  const auto values = resolved(given);
  REQUIRE_FALSE(values.has_value());
  return values.error().message;
}

TEST_CASE("defaults") {
  const auto values = resolved({});
  REQUIRE(values.has_value());
  CHECK(values->text("name") == "ada");
  CHECK(values->integer("count") == 4);
  CHECK(values->duration("wait-time") == std::chrono::seconds(10));
  CHECK(values->size("room") == 1 << 20);
  CHECK(values->list("target").empty());
  CHECK_FALSE(values->boolean("quiet"));
  CHECK_FALSE(values->has("token"));
  CHECK(values->source("name") == Source::default_value);
}

TEST_CASE("flag before environment before file before default") {
  GivenValues given;
  given.file["wait_time"] = {{"3s"}, "app.toml:7"};
  CHECK(resolved(given).value().duration("wait-time") == std::chrono::seconds(3));
  CHECK(resolved(given).value().source("wait-time") == Source::file);
  given.environment["APP_WAIT_TIME"] = "";
  CHECK(resolved(given).value().source("wait-time") == Source::file);
  given.environment["APP_WAIT_TIME"] = "2s";
  CHECK(resolved(given).value().duration("wait-time") == std::chrono::seconds(2));
  CHECK(resolved(given).value().origin("wait-time") == "APP_WAIT_TIME");
  given.flags["wait-time"] = {"1s"};
  CHECK(resolved(given).value().duration("wait-time") == std::chrono::seconds(1));
  CHECK(resolved(given).value().origin("wait-time") == "--wait-time");
}

TEST_CASE("a list is taken whole from one source") {
  GivenValues given;
  given.environment["APP_TARGET"] = "a, [::1]:80,,b";
  const auto from_environment = resolved(given);
  REQUIRE(from_environment.value().list("target").size() == 3);
  CHECK(from_environment.value().list("target")[1] == "[::1]:80");
  given.flags["target"] = {"c,d"};
  const auto from_flag = resolved(given);
  REQUIRE(from_flag.value().list("target").size() == 1);
  CHECK(from_flag.value().list("target")[0] == "c,d");
}

TEST_CASE("an error names where the value came from, and the fix") {
  GivenValues given;
  given.flags["count"] = {"17"};
  CHECK(error_of(given) == "--count: \"17\" is out of range; write 1 to 16");
  given.flags["count"] = {"1", "2"};
  CHECK(error_of(given) == "--count: given 2 times; give it once");
  given.flags.clear();
  given.environment["APP_COUNT"] = "many";
  CHECK(error_of(given) == "APP_COUNT: \"many\" is not a whole number");
  given.environment.clear();
  given.file["level"] = {{"debgu"}, "app.toml:3"};
  CHECK(error_of(given) ==
        "app.toml:3: level: \"debgu\" is not one of info, debug; did you mean debug?");
  given.file.clear();
  given.flags["wait-time"] = {"1500ms"};
  CHECK(error_of(given) == "--wait-time: \"1500ms\" is too fine; write a multiple of 1s");
  given.flags["wait-time"] = {"0"};
  CHECK(error_of(given) == "--wait-time: \"0\" is out of range; write at least 1s");
  given.flags["wait-time"] = {"1s"};
  given.flags["name"] = {""};
  CHECK(error_of(given) == "--name: the value is empty");
}

TEST_CASE("a secret has only the forms that it may have") {
  GivenValues given;
  given.file["token"] = {{"x"}, "app.toml:1"};
  CHECK_FALSE(resolved(given).value().has("token"));
  given.environment["TUNNEL_TOKEN"] = "y";
  CHECK(resolved(given).value().text("token") == "y");
}

TEST_CASE("a required option names flag and variable") {
  std::vector<Option> required = {{.name = "tunnel-id", .value_name = "UUID", .required = true}};
  const auto values = resolve(required, "APP", {});
  REQUIRE_FALSE(values.has_value());
  CHECK(values.error().message ==
        "--tunnel-id is missing; give --tunnel-id UUID or set APP_TUNNEL_ID");
}

TEST_CASE("asking for what the table does not have is a programming error") {
  const auto values = resolved({});
  CHECK_THROWS_AS(values.value().text("nmae"), std::logic_error);
  CHECK_THROWS_AS(values.value().text("count"), std::logic_error);
}

}  // namespace
}  // namespace outhaul::options
