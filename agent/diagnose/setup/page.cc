#include "agent/diagnose/setup/page.h"

#include <utility>

#include <nlohmann/json.hpp>

namespace outhaul::agent::setup {

namespace {

using diagnosis::StepPage;
using nlohmann::ordered_json;

ordered_json parsed(const std::string& text) {
  return ordered_json::parse(text);
}

}  // namespace

std::string page_text(const Report& report, Colour colour) {
  StepPage page(colour);
  page.line("tunnel " + (report.tunnel.empty() ? "not known" : report.tunnel));
  for (const Step& step : report.steps)
    page.step(step, 2);
  for (const EdgeReport& edge : report.edges) {
    page.line("edge " + edge.edge);
    page.step(edge.resolving, 2);
    for (const AddressReport& address : edge.addresses) {
      page.line("  " + address.address);
      for (const Step& step : address.steps)
        page.step(step, 4);
    }
  }
  page.summary(report.count(State::failed), report.count(State::warning), report.time);
  return page.text();
}

std::string page_json(const Report& report) {
  ordered_json edges = ordered_json::array();
  for (const EdgeReport& edge : report.edges) {
    ordered_json addresses = ordered_json::array();
    for (const AddressReport& address : edge.addresses)
      addresses.push_back(
          {{"address", address.address}, {"steps", parsed(diagnosis::steps_json(address.steps))}});
    edges.push_back({{"edge", edge.edge},
                     {"resolve", parsed(diagnosis::step_json(edge.resolving))},
                     {"addresses", std::move(addresses)}});
  }
  const ordered_json page{{"ok", report.ok()},
                          {"version", OUTHAUL_VERSION},
                          {"tunnel", report.tunnel},
                          {"failed", report.count(State::failed)},
                          {"warnings", report.count(State::warning)},
                          {"time_ms", diagnosis::milliseconds(report.time)},
                          {"steps", parsed(diagnosis::steps_json(report.steps))},
                          {"edges", std::move(edges)}};
  // Names come from edges: what is no UTF-8 must not end the program.
  return page.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace outhaul::agent::setup
