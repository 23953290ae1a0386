#include "common/diagnosis/step_page.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <unistd.h>

namespace outhaul::diagnosis {

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

std::string without_end(std::string text) {
  text.resize(text.find_last_not_of(' ') + 1);
  return text;
}

ordered_json to_json(const Step& step) {
  ordered_json object{{"step", step.name}, {"state", to_string(step.state)}};
  if (step.time) object["time_ms"] = milliseconds(*step.time);
  if (!step.detail.empty()) object["detail"] = step.detail;
  if (!step.advice.empty()) object["advice"] = step.advice;
  return object;
}

/// Names come from edges and DNS: what is no UTF-8 must not end the program.
std::string dump(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace

Colour choose_colour() {
  const char* no_colour = std::getenv("NO_COLOR");
  const bool allowed = no_colour == nullptr || *no_colour == '\0';
  return allowed && ::isatty(STDOUT_FILENO) == 1 ? Colour::yes : Colour::no;
}

void StepPage::step(const Step& step, std::size_t indent) {
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

void StepPage::summary(std::size_t failed, std::size_t warnings, Duration time) {
  std::string text = failed == 0 ? "ok" : std::to_string(failed) + " failed";
  if (warnings > 0) {
    text += ", " + std::to_string(warnings) + (warnings == 1 ? " warning" : " warnings");
  }
  const State state = failed > 0 ? State::failed : warnings > 0 ? State::warning : State::ok;
  line(coloured(state, text) + ", in " + milliseconds_text(time));
}

void StepPage::advice(const std::string& advice) {
  constexpr std::string_view mark = "      -> ";
  const std::string start(mark.size(), ' ');
  const auto lines = wrapped(harmless(advice), width - mark.size());
  for (std::size_t i = 0; i < lines.size(); ++i)
    line((i == 0 ? std::string(mark) : start) + lines[i]);
}

std::string StepPage::coloured(State state, const std::string& text) const {
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

std::string step_json(const Step& step) {
  return dump(to_json(step));
}

std::string steps_json(std::span<const Step> steps) {
  ordered_json list = ordered_json::array();
  for (const Step& step : steps)
    list.push_back(to_json(step));
  return dump(list);
}

std::string milliseconds_text(Duration time) {
  const auto tenths = std::chrono::duration_cast<std::chrono::microseconds>(time).count() / 100;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " ms";
}

double milliseconds(Duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

}  // namespace outhaul::diagnosis
