#include <algorithm>
#include <sstream>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "agent/diagnose/setup/page.h"

using namespace outhaul;
using namespace outhaul::agent::setup;
using namespace std::chrono_literals;

namespace {

Report report_of(State last) {
  Report report;
  report.tunnel = "6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11";
  report.time = 12ms;
  report.steps.push_back(Step{.name = "configuration",
                              .state = State::ok,
                              .time = 1500us,
                              .detail = "/etc/outhaul/outhaul.toml"});
  report.steps.push_back(Step{.name = "proxy", .detail = "none is configured"});
  AddressReport address{.address = "[2001:db8::1]:7844", .steps = {}};
  address.steps.push_back(Step{.name = "tcp", .state = last, .time = 1ms, .detail = "x"});
  if (last != State::ok) {
    address.steps.front().detail = std::string(300, 'y') + "\x1b[31m\nz";
    address.steps.front().advice.emplace_back(
        "do this and that, in as many words as it takes to need a second line of the page");
  }
  report.edges.push_back(EdgeReport{
      .edge = "edge.example.net:7844",
      .resolving = Step{.name = "resolve", .state = State::ok, .time = 0ms, .detail = "1 address"},
      .addresses = {std::move(address)}});
  return report;
}

std::size_t widest(const std::string& text) {
  std::istringstream lines(text);
  std::size_t columns = 0;
  for (std::string line; std::getline(lines, line);)
    columns = std::max(columns, line.size());
  return columns;
}

}  // namespace

TEST_CASE("the page of a set-up where all is well") {
  CHECK(page_text(report_of(State::ok), Colour::no) ==
        "tunnel 6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11\n"
        "  configuration ok          1.5 ms  /etc/outhaul/outhaul.toml\n"
        "  proxy         skipped             none is configured\n"
        "edge edge.example.net:7844\n"
        "  resolve       ok          0.0 ms  1 address\n"
        "  [2001:db8::1]:7844\n"
        "    tcp         ok          1.0 ms  x\n"
        "ok, in 12.0 ms\n");
}

TEST_CASE("a page fits 80 columns, and nothing that an edge says reaches the terminal as it is") {
  const std::string page = page_text(report_of(State::failed), Colour::no);
  CHECK(widest(page) <= 80);
  CHECK(page.find('\x1b') == std::string::npos);
  CHECK(page.find("      -> do this and that") != std::string::npos);
  CHECK(page.ends_with("\n1 failed, in 12.0 ms\n"));
  const std::string coloured = page_text(report_of(State::failed), Colour::yes);
  CHECK(coloured.find("\x1b[31mfailed") != std::string::npos);
}

TEST_CASE("a warning is no failure") {
  const Report report = report_of(State::warning);
  CHECK(report.ok());
  CHECK(page_text(report, Colour::no).ends_with("\nok, 1 warning, in 12.0 ms\n"));
}

TEST_CASE("the same as JSON") {
  const std::string text = page_json(report_of(State::failed));
  CHECK(std::ranges::count(text, '\n') == 1);
  const auto page = nlohmann::json::parse(text);
  CHECK(page["ok"] == false);
  CHECK(page["failed"] == 1);
  CHECK(page["steps"][0]["time_ms"] == 1.5);
  CHECK_FALSE(page["steps"][1].contains("time_ms"));
  CHECK(page["edges"][0]["addresses"][0]["steps"][0]["state"] == "failed");
  CHECK(page["edges"][0]["addresses"][0]["steps"][0]["advice"].size() == 1);
}
