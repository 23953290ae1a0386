#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "common/diagnosis/step.h"

namespace outhaul::diagnosis {

enum class Colour : bool { no, yes };

/// Colour is for terminals, unless NO_COLOR says otherwise.
Colour choose_colour();

/// What a check prints for people: at most 80 columns, each step with its state and time, advice
/// below what needs it, and a last line that says how it went.
class StepPage {
 public:
  explicit StepPage(Colour colour) : colour_(colour) {}

  void line(std::string_view text) { text_.append(text).push_back('\n'); }
  void step(const Step& step, std::size_t indent);
  void summary(std::size_t failed, std::size_t warnings, Duration time);

  const std::string& text() const { return text_; }

 private:
  void advice(const std::string& advice);
  std::string coloured(State state, const std::string& text) const;

  Colour colour_;
  std::string text_;
};

/// {"step", "state", "time_ms"?, "detail"?, "advice"?: [...]}
std::string step_json(const Step& step);
/// An array of them.
std::string steps_json(std::span<const Step> steps);

/// "0.4 ms"
std::string milliseconds_text(Duration time);
/// The same for JSON.
double milliseconds(Duration time);

}  // namespace outhaul::diagnosis
