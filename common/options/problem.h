#pragma once

#include <compare>
#include <string>
#include <vector>

namespace outhaul::options {

/// Where something stands in a text; both count from 1. Zero: not in a file.
struct TextPosition {
  unsigned line = 0;
  unsigned column = 0;

  friend auto operator<=>(const TextPosition&, const TextPosition&) = default;
};

/// One thing that is wrong with what was given, in a configuration file or elsewhere.
struct Problem {
  TextPosition position;
  /// A whole line for people: where, what is wrong, what to write instead.
  std::string message;
};

/// All of them: whoever has made five mistakes wants to see five.
using Problems = std::vector<Problem>;

/// In the order of the file, what stands in none first.
void sort_by_position(Problems& problems);

}  // namespace outhaul::options
