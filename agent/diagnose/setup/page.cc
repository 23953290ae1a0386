#include "agent/diagnose/setup/page.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "agent/diagnose/text_report.h"

namespace outhaul::agent::setup {

namespace {

using nlohmann::ordered_json;

constexpr std::size_t width = 80;
constexpr std::size_t name_width = 14;
constexpr std::size_t state_width = 8;
constexpr std::size_t time_width = 10;

/// Lines of at most `columns`; a word that is longer is cut.
std::vector<std::string> wrapped(std::string_view text, std::size_t columns) {
  std::vector<std::string> lines;
  std::string line;
  const auto flush = [&] {
    if (!line.empty()) lines.push_back(std::exchange(line, {}));
  };
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && line.size() + 1 + word.size() > columns) flush();
    while (word.size() > columns) {
      lines.emplace_back(word.substr(0, columns));
      word.remove_prefix(columns);
    }
    if (!line.empty()) line += ' ';
    line += word;
  }
  flush();
  return lines;
}

/// Bytes that would upset a terminal become '?': names come from edges and DNS.
std::string harmless(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return text;
}

std::string padded(std::string_view text, std::size_t columns) {
  std::string cell(text);
  cell.append(columns > cell.size() ? columns - cell.size() : 0, ' ');
  return cell;
}

class Page {
 public:
  explicit Page(Colour colour) : colour_(colour) {}

  void line(std::string_view text) { text_.append(text).push_back('\n'); }

  void step(const Step& step, std::size_t indent) {
    const std::string time = step.time ? milliseconds_text(*step.time) : "";
    std::string start(indent, ' ');
    start += padded(step.name, name_width - (indent - 2)) +
             coloured(step.state, padded(to_string(step.state), state_width));
    start.append(time_width > time.size() ? time_width - time.size() : 0, ' ').append(time);
    const std::size_t column = 2 + name_width + state_width + time_width + 2;
    const auto details = wrapped(harmless(step.detail), width - column);
    line(details.empty() ? without_end(start) : start + "  " + details.front());
    for (std::size_t i = 1; i < details.size(); ++i)
      line(std::string(column, ' ') + details[i]);
    for (const std::string& advice : step.advice)
      this->advice(advice);
  }

  void summary(const Report& report) {
    const std::size_t failed = report.count(State::failed);
    const std::size_t warnings = report.count(State::warning);
    std::string text = failed == 0 ? "ok" : std::to_string(failed) + " failed";
    if (warnings > 0) {
      text += ", " + std::to_string(warnings) + (warnings == 1 ? " warning" : " warnings");
    }
    const State state = failed > 0 ? State::failed : warnings > 0 ? State::warning : State::ok;
    line(coloured(state, text) + ", in " + milliseconds_text(report.time));
  }

  std::string take() { return std::move(text_); }

 private:
  static std::string without_end(std::string text) {
    text.resize(text.find_last_not_of(' ') + 1);
    return text;
  }

  void advice(const std::string& advice) {
    constexpr std::string_view mark = "      -> ";
    const std::string start(mark.size(), ' ');
    const auto lines = wrapped(harmless(advice), width - mark.size());
    for (std::size_t i = 0; i < lines.size(); ++i)
      line((i == 0 ? std::string(mark) : start) + lines[i]);
  }

  std::string coloured(State state, const std::string& text) const {
    if (colour_ == Colour::no) return text;
    constexpr std::string_view end = "\x1b[0m";
    switch (state) {
      case State::ok:
        return "\x1b[32m" + text + std::string(end);
      case State::warning:
        return "\x1b[33m" + text + std::string(end);
      case State::failed:
        return "\x1b[31m" + text + std::string(end);
      case State::skipped:
        break;
    }
    return text;
  }

  Colour colour_;
  std::string text_;
};

ordered_json step_json(const Step& step) {
  ordered_json object{{"step", step.name}, {"state", to_string(step.state)}};
  if (step.time) {
    object["time_ms"] = std::chrono::duration<double, std::milli>(*step.time).count();
  }
  if (!step.detail.empty()) object["detail"] = step.detail;
  if (!step.advice.empty()) object["advice"] = step.advice;
  return object;
}

ordered_json steps_json(const std::vector<Step>& steps) {
  ordered_json list = ordered_json::array();
  for (const Step& step : steps)
    list.push_back(step_json(step));
  return list;
}

}  // namespace

std::string page_text(const Report& report, Colour colour) {
  Page page(colour);
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
  page.summary(report);
  return page.take();
}

std::string page_json(const Report& report) {
  ordered_json edges = ordered_json::array();
  for (const EdgeReport& edge : report.edges) {
    ordered_json addresses = ordered_json::array();
    for (const AddressReport& address : edge.addresses)
      addresses.push_back({{"address", address.address}, {"steps", steps_json(address.steps)}});
    edges.push_back({{"edge", edge.edge},
                     {"resolve", step_json(edge.resolving)},
                     {"addresses", std::move(addresses)}});
  }
  const ordered_json page{
      {"ok", report.ok()},
      {"version", OUTHAUL_VERSION},
      {"tunnel", report.tunnel},
      {"failed", report.count(State::failed)},
      {"warnings", report.count(State::warning)},
      {"time_ms", std::chrono::duration<double, std::milli>(report.time).count()},
      {"steps", steps_json(report.steps)},
      {"edges", std::move(edges)}};
  // Names come from edges: what is no UTF-8 must not end the program.
  return page.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace outhaul::agent::setup
