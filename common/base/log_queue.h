#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/log.h"

namespace outhaul {

/// Lines one after the other in one text, oldest first.
class LogBatch {
 public:
  struct Line {
    LogLevel level;
    std::string_view text;
  };

  /// `text` without its line end.
  void add(LogLevel level, std::string_view text);
  void drop_oldest();
  void clear();

  std::size_t size() const { return lines_.size() - first_; }
  bool empty() const { return size() == 0; }
  std::size_t bytes() const { return text_.size() - text_begin_; }

  /// Calls `visit(Line)` for each.
  template <typename Visit>
  void for_each(Visit visit) const {
    std::string_view rest = std::string_view(text_).substr(text_begin_);
    for (std::size_t i = first_; i < lines_.size(); ++i) {
      visit(Line{lines_[i].level, rest.substr(0, lines_[i].size)});
      rest.remove_prefix(lines_[i].size);
    }
  }

 private:
  struct Entry {
    std::size_t size;
    LogLevel level;
  };

  std::string text_;
  std::vector<Entry> lines_;
  // What was dropped stays in front until it is half of all.
  std::size_t text_begin_ = 0;
  std::size_t first_ = 0;
};

/// Lines on their way from any thread to the one that writes them, in whole batches. Bounded: when
/// it is full the oldest lines make room.
///
/// The first line after a pause calls the writer at once. Under load it then looks only every few
/// milliseconds, or when much has come. With a wake-up, a change of threads and a write for each
/// line (and a slower format) the access log cost 7.5 us of CPU time a request, now it costs 1.
class LogQueue {
 public:
  explicit LogQueue(std::size_t maximum_lines) : maximum_lines_(maximum_lines) {}

  /// From any thread; never waits for the writer. True: the writer is idle, call it.
  [[nodiscard]] bool put(LogLevel level, std::string_view line);

  /// For the writer that was called: takes all lines, in exchange for `batch` whose memory is used
  /// again. Waits until some are worth writing; false when none came, and the writer is idle now.
  bool take(LogBatch& batch);

  /// take() does not wait any more.
  void close();

  /// Lines that made room for others. From any thread.
  std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  bool is_much() const;

  const std::size_t maximum_lines_;
  std::mutex mutex_;
  std::condition_variable worth_writing_;
  LogBatch lines_;
  bool writer_called_ = false;
  bool gathering_ = false;
  bool closed_ = false;
  std::chrono::steady_clock::time_point taken_;
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace outhaul
