#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "common/base/log.h"

namespace outhaul::test {

/// Keeps every line in memory, for tests that look at what was logged.
class CaptureLogSink : public LogSink {
 public:
  explicit CaptureLogSink(LogStyle style = LogStyle::human) : style_(style) {}

  LogStyle style() const override { return style_; }
  void write(LogLevel, std::string_view line) override {
    const std::lock_guard lock(mutex_);
    lines_.emplace_back(line);
  }

  std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }
  /// Whether any line holds this text.
  bool contains(std::string_view text) const {
    for (const std::string& line : lines()) {
      if (line.find(text) != std::string::npos) return true;
    }
    return false;
  }

 private:
  LogStyle style_;
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

}  // namespace outhaul::test
