#include "common/base/log.h"

// Header-only on purpose, fmt included: release binaries need no shared spdlog.
#define FMT_HEADER_ONLY
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/sink.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/journal.h"
#include "common/base/log_line.h"
#include "common/base/log_repeats.h"

namespace outhaul {
namespace {

using Clock = std::chrono::steady_clock;

/// How long a line, or all lines after the sink's end, may wait for a reader.
constexpr std::chrono::seconds patience{1};
/// A pipe that polls as writable takes this much without blocking (PIPE_BUF).
constexpr std::size_t chunk_size = 4096;

void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::trace:
      return spdlog::level::trace;
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
    case LogLevel::info:
    case LogLevel::off:
      break;
  }
  return spdlog::level::info;
}

LogLevel from_spdlog(spdlog::level::level_enum level) {
  for (LogLevel known : {LogLevel::trace, LogLevel::debug, LogLevel::warn, LogLevel::error}) {
    if (level == to_spdlog(known)) return known;
  }
  return LogLevel::info;
}

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

/// The end of the queue. Runs in the sink's thread only, but for what is atomic. Lines come
/// formatted; spdlog's own base_sink would bring its pattern formatter into every program.
class DescriptorSink : public spdlog::sinks::sink {
 public:
  DescriptorSink(int file_descriptor, LogStyle style)
      : own_descriptor_(reopen_without_blocking(file_descriptor)),
        file_descriptor_(own_descriptor_ >= 0 ? own_descriptor_ : file_descriptor),
        style_(style),
        to_journal_(is_journal(file_descriptor)) {}
  ~DescriptorSink() override {
    if (own_descriptor_ >= 0) ::close(own_descriptor_);
  }
  DescriptorSink(const DescriptorSink&) = delete;
  DescriptorSink& operator=(const DescriptorSink&) = delete;

  /// Before the first line. The queue outlives its thread, the only user of this pointer.
  void set_queue(spdlog::details::thread_pool* queue) { queue_ = queue; }

  /// From another thread: everything that is still queued shares one deadline.
  void start_stopping() {
    stop_at_.store((Clock::now() + patience).time_since_epoch().count(), std::memory_order_relaxed);
  }

  /// From any thread: lines that were taken from the queue and could not be written.
  std::uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }

  void log(const spdlog::details::log_msg& message) override {
    report_dropped();
    const std::string_view line(message.payload.data(), message.payload.size());
    if (!write_line(from_spdlog(message.level), line)) {
      lost_.fetch_add(1, std::memory_order_relaxed);
    }
  }
  void flush() override {}
  void set_pattern(const std::string& /*pattern*/) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter> /*formatter*/) override {}

 private:
  void report_dropped() {
    const std::uint64_t dropped = queue_->overrun_counter() + lost();
    if (dropped == reported_) return;
    const std::array<LogField, 1> fields{LogField{"lines", dropped - reported_}};
    if (write_line(LogLevel::warn, format_log_line(style_, std::chrono::system_clock::now(),
                                                   LogLevel::warn, "log_dropped", fields))) {
      reported_ = dropped;
    }
  }

  bool write_line(LogLevel level, std::string_view line) {
    std::string text;
    if (line_is_open_) text.push_back('\n');
    if (to_journal_) text.append("<" + std::to_string(syslog_priority(level)) + ">");
    text.append(line).push_back('\n');
    const Clock::time_point deadline = line_deadline();
    std::string_view rest = text;
    while (!rest.empty()) {
      if (!wait_writable(deadline)) break;
      const ssize_t written =
          ::write(file_descriptor_, rest.data(), std::min(rest.size(), chunk_size));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0 && errno == EAGAIN && Clock::now() < deadline) continue;
      if (written <= 0) break;
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
    if (rest.size() < text.size()) line_is_open_ = !rest.empty();
    return rest.empty();
  }

  Clock::time_point line_deadline() const {
    const Clock::time_point own = Clock::now() + patience;
    const Clock::rep stop_at = stop_at_.load(std::memory_order_relaxed);
    if (stop_at == 0) return own;
    return std::min(own, Clock::time_point(Clock::duration(stop_at)));
  }

  bool wait_writable(Clock::time_point deadline) const {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd entry{file_descriptor_, POLLOUT, 0};
    const int timeout_ms = static_cast<int>(std::max<std::int64_t>(left.count(), 0));
    return ::poll(&entry, 1, timeout_ms) == 1;
  }

  int own_descriptor_;
  int file_descriptor_;
  LogStyle style_;
  bool to_journal_;
  spdlog::details::thread_pool* queue_ = nullptr;
  std::atomic<Clock::rep> stop_at_{0};
  std::atomic<std::uint64_t> lost_{0};
  std::uint64_t reported_ = 0;
  bool line_is_open_ = false;
};

}  // namespace

std::string_view to_string(LogLevel level) {
  switch (level) {
    case LogLevel::trace:
      return "trace";
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warn:
      return "warn";
    case LogLevel::error:
      return "error";
    case LogLevel::off:
      return "off";
  }
  return "unknown";
}

Result<LogLevel> parse_log_level(std::string_view text) {
  for (LogLevel level : {LogLevel::trace, LogLevel::debug, LogLevel::info, LogLevel::warn,
                         LogLevel::error, LogLevel::off}) {
    if (text == to_string(level)) return level;
  }
  return Error{ErrorKind::invalid, "log level: choose one of trace, debug, info, warn, error, off"};
}

LogStyle choose_log_style(LogFormat format, int file_descriptor) {
  const bool terminal = ::isatty(file_descriptor) == 1;
  if (format == LogFormat::json || (format == LogFormat::automatic && !terminal)) {
    return LogStyle::json;
  }
  const char* no_colour = std::getenv("NO_COLOR");
  const bool colour_allowed = no_colour == nullptr || *no_colour == '\0';
  return terminal && colour_allowed ? LogStyle::human_coloured : LogStyle::human;
}

/// Members in the order of their making: the queue is destroyed, and its thread joined, before
/// the logger and the sink that the thread uses.
struct StreamLogSink::Backend {
  std::shared_ptr<DescriptorSink> sink;
  std::shared_ptr<spdlog::async_logger> logger;
  std::shared_ptr<spdlog::details::thread_pool> queue;
};

StreamLogSink::StreamLogSink(int file_descriptor, LogStyle style, std::size_t queue_lines)
    : style_(style), backend_(std::make_unique<Backend>()) {
  backend_->sink = std::make_shared<DescriptorSink>(file_descriptor, style);
  backend_->queue = std::make_shared<spdlog::details::thread_pool>(queue_lines, 1, block_signals);
  backend_->sink->set_queue(backend_->queue.get());
  backend_->logger = std::make_shared<spdlog::async_logger>(
      "outhaul", backend_->sink, backend_->queue, spdlog::async_overflow_policy::overrun_oldest);
  backend_->logger->set_level(spdlog::level::trace);
}

StreamLogSink::~StreamLogSink() {
  backend_->sink->start_stopping();
  backend_->queue.reset();
}

void StreamLogSink::write(LogLevel level, std::string_view line) {
  backend_->logger->log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

std::uint64_t StreamLogSink::dropped() const {
  return backend_->queue->overrun_counter() + backend_->sink->lost();
}

/// Warnings and errors are rare enough for a lock.
struct Log::Repeats {
  std::mutex mutex;
  LogRepeats lines;
};

Log::Log(LogSink& sink, LogLevel level)
    : sink_(sink), level_(level), repeats_(std::make_unique<Repeats>()) {}

Log::~Log() {
  for (const LogRepeats::Held& held : repeats_->lines.all())
    write_now(held.level, held.event, held.fields());
}

void Log::write(LogLevel level, std::string_view event, std::span<const LogField> fields) {
  if (!enabled(level)) return;
  if (level >= LogLevel::warn) {
    report_repeats();
    const std::lock_guard lock(repeats_->mutex);
    if (!repeats_->lines.admit(level, event, fields, Clock::now())) return;
  }
  write_now(level, event, fields);
}

void Log::report_repeats() {
  std::vector<LogRepeats::Held> due;
  {
    const std::lock_guard lock(repeats_->mutex);
    due = repeats_->lines.due(Clock::now());
  }
  for (const LogRepeats::Held& held : due)
    write_now(held.level, held.event, held.fields());
}

void Log::write_now(LogLevel level, std::string_view event, std::span<const LogField> fields) {
  if (!enabled(level)) return;
  sink_.write(level, format_log_line(sink_.style(), std::chrono::system_clock::now(), level, event,
                                     fields));
}

}  // namespace outhaul
