#include "common/base/log.h"

// Header-only on purpose, fmt included: release binaries need no shared spdlog.
#define FMT_HEADER_ONLY
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <vector>

#include <signal.h>
#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/sink.h>
#include <unistd.h>

#include "common/base/log_line.h"
#include "common/base/log_output.h"
#include "common/base/log_queue.h"
#include "common/base/log_repeats.h"

namespace outhaul {
namespace {

using Clock = std::chrono::steady_clock;

void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

/// The end of spdlog's queue, whose messages each stand for a batch of lines: one is sent when the
/// writer is idle, and it then writes until no more lines come. Lines come formatted; spdlog's own
/// base_sink would bring its pattern formatter into every program.
class BatchSink : public spdlog::sinks::sink {
 public:
  BatchSink(LogQueue& lines, LogOutput& output) : lines_(lines), output_(output) {}

  void log(const spdlog::details::log_msg& /*call*/) override {
    while (lines_.take(batch_))
      output_.write(batch_, lines_.dropped());
  }
  void flush() override {}
  void set_pattern(const std::string& /*pattern*/) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter> /*formatter*/) override {}

 private:
  LogQueue& lines_;
  LogOutput& output_;
  LogBatch batch_;
};

// Of calls to the writer there is one at a time.
constexpr std::size_t calls_maximum = 4;

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

/// Members in the order of their making: spdlog's queue is destroyed, and its thread joined, before
/// what the thread uses.
struct StreamLogSink::Backend {
  Backend(int file_descriptor, LogStyle style, std::size_t queue_lines)
      : lines(queue_lines),
        output(file_descriptor, style),
        calls(std::make_shared<spdlog::details::thread_pool>(calls_maximum, 1, block_signals)),
        logger(std::make_shared<spdlog::async_logger>(
            "outhaul", std::make_shared<BatchSink>(lines, output), calls)) {}

  LogQueue lines;
  LogOutput output;
  std::shared_ptr<spdlog::details::thread_pool> calls;
  std::shared_ptr<spdlog::async_logger> logger;
};

StreamLogSink::StreamLogSink(int file_descriptor, LogStyle style, std::size_t queue_lines)
    : style_(style), backend_(std::make_unique<Backend>(file_descriptor, style, queue_lines)) {}

StreamLogSink::~StreamLogSink() {
  backend_->output.start_stopping();
  backend_->lines.close();
}

void StreamLogSink::write(LogLevel level, std::string_view line) {
  const bool writer_is_idle = backend_->lines.put(level, line);
  if (writer_is_idle) backend_->logger->log(spdlog::level::info, spdlog::string_view_t());
}

std::uint64_t StreamLogSink::dropped() const {
  return backend_->lines.dropped() + backend_->output.lost();
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
