#include "common/base/log_output.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/journal.h"
#include "common/base/log_line.h"

namespace outhaul {
namespace {

/// How long a reader may take nothing, or everything may take after start_stopping().
constexpr std::chrono::seconds patience{1};
/// A pipe that polls as writable takes this much without blocking (PIPE_BUF).
constexpr std::size_t blocking_chunk_size = 4096;
constexpr std::size_t large_chunk_size = std::size_t{64} * 1024;

/// Another open description of the same pipe or terminal, where a write never blocks, whoever else
/// writes there; the flags of the caller's are shared with other processes. -1 for what it cannot
/// be had of: a file's never blocks, and a socket's room is known from poll().
int reopen_without_blocking(int file_descriptor) {
  struct stat status{};
  if (::fstat(file_descriptor, &status) != 0) return -1;
  if (!S_ISFIFO(status.st_mode) && ::isatty(file_descriptor) != 1) return -1;
  const std::string path = "/proc/self/fd/" + std::to_string(file_descriptor);
  return ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

bool is_file(int file_descriptor) {
  struct stat status{};
  return ::fstat(file_descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

LogOutput::LogOutput(int file_descriptor, LogStyle style)
    : own_descriptor_(reopen_without_blocking(file_descriptor)),
      file_descriptor_(own_descriptor_ >= 0 ? own_descriptor_ : file_descriptor),
      style_(style),
      to_journal_(is_journal(file_descriptor)),
      chunk_size_(own_descriptor_ >= 0 || is_file(file_descriptor) ? large_chunk_size
                                                                   : blocking_chunk_size) {}

LogOutput::~LogOutput() {
  if (own_descriptor_ >= 0) ::close(own_descriptor_);
}

void LogOutput::start_stopping() {
  stop_at_.store((Clock::now() + patience).time_since_epoch().count(), std::memory_order_relaxed);
}

void LogOutput::append(LogLevel level, std::string_view line) {
  if (to_journal_) text_.append("<" + std::to_string(syslog_priority(level)) + ">");
  text_.append(line).push_back('\n');
}

void LogOutput::write(const LogBatch& batch, std::uint64_t dropped) {
  text_.clear();
  if (line_is_open_) text_.push_back('\n');
  dropped += lost();
  if (dropped != reported_) {
    const std::array<LogField, 1> fields{LogField{"lines", dropped - reported_}};
    append(LogLevel::warn, format_log_line(style_, std::chrono::system_clock::now(), LogLevel::warn,
                                           "log_dropped", fields));
  }
  const std::size_t report_end = text_.size();
  batch.for_each([this](const LogBatch::Line& line) { append(line.level, line.text); });

  const std::size_t written = write_text();
  if (written > 0) line_is_open_ = text_[written - 1] != '\n';
  if (written >= report_end) reported_ = dropped;
  const auto rest = std::string_view(text_).substr(std::max(written, report_end));
  lost_.fetch_add(static_cast<std::uint64_t>(std::count(rest.begin(), rest.end(), '\n')),
                  std::memory_order_relaxed);
}

std::size_t LogOutput::write_text() {
  std::size_t written = 0;
  Clock::time_point until = deadline();
  while (written < text_.size()) {
    if (!wait_writable(until)) break;
    const std::size_t count = std::min(text_.size() - written, chunk_size_);
    const ssize_t result = ::write(file_descriptor_, text_.data() + written, count);
    if (result < 0 && errno == EINTR) continue;
    if (result < 0 && errno == EAGAIN && Clock::now() < until) continue;
    if (result <= 0) break;
    written += static_cast<std::size_t>(result);
    until = deadline();
  }
  return written;
}

LogOutput::Clock::time_point LogOutput::deadline() const {
  const Clock::time_point own = Clock::now() + patience;
  const Clock::rep stop_at = stop_at_.load(std::memory_order_relaxed);
  if (stop_at == 0) return own;
  return std::min(own, Clock::time_point(Clock::duration(stop_at)));
}

bool LogOutput::wait_writable(Clock::time_point until) const {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
  pollfd entry{file_descriptor_, POLLOUT, 0};
  const int timeout_ms = static_cast<int>(std::max<std::int64_t>(left.count(), 0));
  return ::poll(&entry, 1, timeout_ms) == 1;
}

}  // namespace outhaul
