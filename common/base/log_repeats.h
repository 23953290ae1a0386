#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "common/base/log.h"

namespace outhaul {

/// Decides which lines of a log repeat others too often. In each interval the first few lines with
/// the same level, event and identifying values are let through; the rest is held back and counted.
/// When the interval is over, one line stands for all that were held back.
///
/// The memory is bounded: once too many different lines are known, further ones are told apart by
/// level and event only. Not thread-safe.
class LogRepeats {
 public:
  using Clock = std::chrono::steady_clock;

  struct Limits {
    std::uint32_t burst = 5;
    Clock::duration interval = std::chrono::seconds(10);
    std::size_t lines_known = 128;
  };

  /// A copy of the first line that was held back, and how many it stands for.
  class Held {
   public:
    LogLevel level = LogLevel::off;
    std::string event;
    std::uint64_t repeated = 0;

    /// The line's fields, then `repeated`. They view this object.
    std::vector<LogField> fields() const;

   private:
    friend class LogRepeats;
    using Value = std::variant<std::string, std::int64_t, std::uint64_t, double, bool>;
    std::vector<std::pair<std::string, Value>> values_;
  };

  LogRepeats() : LogRepeats(Limits()) {}
  explicit LogRepeats(Limits limits) : limits_(limits) {}

  /// Whether the line is to be written. `now` never goes back.
  bool admit(LogLevel level, std::string_view event, std::span<const LogField> fields,
             Clock::time_point now);

  /// What stands for the lines held back in intervals that were over at `now`, in no order. Every
  /// line once.
  std::vector<Held> due(Clock::time_point now);
  /// The same for all intervals.
  std::vector<Held> all() { return due(Clock::time_point::max()); }

  /// For tests: how many different lines are known.
  std::size_t known() const { return known_.size(); }

 private:
  struct Line {
    Clock::time_point ends;
    std::uint32_t written = 0;
    Held held;
  };
  Line& line_of(LogLevel level, std::string_view event, std::span<const LogField> fields,
                Clock::time_point now);
  void forget_ended(Clock::time_point now);

  Limits limits_;
  std::unordered_map<std::string, Line> known_;
  /// No line with something held back ends before.
  Clock::time_point next_due_ = Clock::time_point::max();
};

}  // namespace outhaul
