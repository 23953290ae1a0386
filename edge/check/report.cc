#include "edge/check/report.h"

#include <nlohmann/json.hpp>

namespace outhaul::edge::check {

std::size_t Report::count(State state) const {
  std::size_t found = 0;
  for (const Section& section : sections)
    found += diagnosis::count(section.steps, state);
  return found;
}

std::string page_text(const Report& report, diagnosis::Colour colour) {
  diagnosis::StepPage page(colour);
  page.line(report.running ? "edge, running" : "edge, not running");
  for (const Section& section : report.sections) {
    if (section.steps.empty()) continue;
    if (!section.title.empty()) page.line(section.title);
    for (const Step& step : section.steps)
      page.step(step, 2);
  }
  page.summary(report.count(State::failed), report.count(State::warning), report.time);
  return page.text();
}

std::string page_json(const Report& report) {
  using nlohmann::ordered_json;
  ordered_json page{{"ok", report.ok()},
                    {"version", OUTHAUL_VERSION},
                    {"running", report.running},
                    {"failed", report.count(State::failed)},
                    {"warnings", report.count(State::warning)},
                    {"time_ms", diagnosis::milliseconds(report.time)}};
  for (const Section& section : report.sections)
    page[section.key] = ordered_json::parse(diagnosis::steps_json(section.steps));
  return page.dump() + "\n";
}

}  // namespace outhaul::edge::check
