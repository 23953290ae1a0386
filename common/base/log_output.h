#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/log.h"
#include "common/base/log_queue.h"

namespace outhaul {

/// The end of the log's queue: writes batches to a descriptor, for one thread. What the reader of
/// the descriptor has not taken for a second is lost, so that it cannot hold up anybody.
class LogOutput {
 public:
  /// The descriptor stays the caller's and has to outlive the output.
  LogOutput(int file_descriptor, LogStyle style);
  ~LogOutput();
  LogOutput(const LogOutput&) = delete;
  LogOutput& operator=(const LogOutput&) = delete;

  /// `dropped` is the count of lines that did not come this far; a change is reported first.
  void write(const LogBatch& batch, std::uint64_t dropped);

  /// From any thread: everything that is still to come shares one second.
  void start_stopping();
  /// From any thread: lines that could not be written, or not to their end.
  std::uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }

 private:
  using Clock = std::chrono::steady_clock;

  void append(LogLevel level, std::string_view line);
  std::size_t write_text();
  Clock::time_point deadline() const;
  bool wait_writable(Clock::time_point until) const;

  int own_descriptor_;
  int file_descriptor_;
  LogStyle style_;
  bool to_journal_;
  std::size_t chunk_size_;
  std::string text_;
  std::atomic<Clock::rep> stop_at_{0};
  std::atomic<std::uint64_t> lost_{0};
  std::uint64_t reported_ = 0;
  bool line_is_open_ = false;
};

}  // namespace outhaul
