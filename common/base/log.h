#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "common/base/result.h"

namespace outhaul {

enum class LogLevel : std::uint8_t { trace, debug, info, warn, error, off };

/// "trace" ... "error", "off".
std::string_view to_string(LogLevel level);
Result<LogLevel> parse_log_level(std::string_view text);

/// How a line looks: words for people, or one JSON object for machines.
enum class LogStyle : std::uint8_t { human, human_coloured, json };

/// What the user asked for; `automatic` is human on a terminal and JSON everywhere else.
enum class LogFormat : std::uint8_t { automatic, human, json };

/// Colour only on a terminal, and never when the environment variable NO_COLOR is set.
LogStyle choose_log_style(LogFormat format, int file_descriptor);

/// A value beside a key. Text is viewed, not copied: it has to live until the call returns.
class LogValue {
 public:
  using Variant = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

  LogValue(std::string_view text) : value_(text) {}
  LogValue(const std::string& text) : value_(std::string_view(text)) {}
  LogValue(const char* text) : value_(std::string_view(text)) {}
  LogValue(bool value) : value_(value) {}
  LogValue(double value) : value_(value) {}
  template <std::signed_integral Integer>
  LogValue(Integer value) : value_(std::int64_t{value}) {}
  template <std::unsigned_integral Integer>
    requires(!std::same_as<Integer, bool>)
  LogValue(Integer value) : value_(std::uint64_t{value}) {}

  const Variant& variant() const { return value_; }

 private:
  Variant value_;
};

/// What a value says about the line: two lines of one event are repeats of each other when their
/// identifying values are the same. A `double` never identifies, it is a measurement.
enum class LogFieldRole : std::uint8_t {
  identity,
  detail,        ///< differs from line to line
  peer_address,  ///< ADDRESS:PORT whose port the peer picked: the address identifies
};

struct LogField {
  std::string_view key;
  LogValue value;
  LogFieldRole role = LogFieldRole::identity;
};

/// Where finished lines go. Called from any thread; must not block its caller.
class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual LogStyle style() const = 0;
  /// `line` has no line end. `level` is in it; it is told apart for sinks that have a use for it.
  virtual void write(LogLevel level, std::string_view line) = 0;
};

/// Writes to a file descriptor from a thread of its own, through a bounded queue. When the queue
/// is full the oldest lines are dropped; the next lines that get through are preceded by a
/// `log_dropped` event with their number. A reader that has stopped cannot hold up the process:
/// lines that wait for a second without any progress are dropped too, and the destructor gives
/// what is left no more than one second in all. All signals are blocked in that thread.
///
/// A line after a pause is written at once; under load those of some milliseconds together.
///
/// Where the descriptor leads to journald, each line begins with its priority, as in "<4>"
/// (sd-daemon(3)); journald takes it off.
class StreamLogSink : public LogSink {
 public:
  /// The descriptor stays the caller's and has to outlive the sink.
  StreamLogSink(int file_descriptor, LogStyle style, std::size_t queue_lines = 2048);
  ~StreamLogSink() override;
  StreamLogSink(const StreamLogSink&) = delete;
  StreamLogSink& operator=(const StreamLogSink&) = delete;

  LogStyle style() const override { return style_; }
  void write(LogLevel level, std::string_view line) override;

  /// Lines dropped since the beginning. From any thread.
  std::uint64_t dropped() const;

 private:
  struct Backend;
  LogStyle style_;
  std::unique_ptr<Backend> backend_;
};

/// Structured log: a stable event name and key/value pairs, one line an event. Thread-safe.
///
///   log.info("connection_up", {{"edge", edge}, {"conn", 0}});
///
/// Whatever bytes a value holds, the line stays one line of well-formed UTF-8 without control
/// characters; long values are cut. Event names and keys are literals in snake_case.
///
/// A line of level warn or error that says again and again what was just said is held back and
/// counted (log_repeats.h): one line with `repeated=N` stands for N that were not written.
class Log {
 public:
  /// The sink has to outlive the log.
  explicit Log(LogSink& sink, LogLevel level = LogLevel::info);
  /// Reports what is still held back.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// Cheap enough to guard the making of an expensive field.
  bool enabled(LogLevel level) const {
    return level >= level_.load(std::memory_order_relaxed) && level != LogLevel::off;
  }
  LogLevel level() const { return level_.load(std::memory_order_relaxed); }
  /// From any thread, at any time; lines that are under way may still follow the old level.
  void set_level(LogLevel level) { level_.store(level, std::memory_order_relaxed); }

  void write(LogLevel level, std::string_view event, std::span<const LogField> fields);
  /// Writes the lines with `repeated` that are due. Also happens by itself with later warnings; to
  /// be called now and then, so that the last count of a burst does not wait for those.
  void report_repeats();

  using Fields = std::initializer_list<LogField>;
  void trace(std::string_view event, Fields fields = {}) { write(LogLevel::trace, event, fields); }
  void debug(std::string_view event, Fields fields = {}) { write(LogLevel::debug, event, fields); }
  void info(std::string_view event, Fields fields = {}) { write(LogLevel::info, event, fields); }
  void warn(std::string_view event, Fields fields = {}) { write(LogLevel::warn, event, fields); }
  void error(std::string_view event, Fields fields = {}) { write(LogLevel::error, event, fields); }

 private:
  struct Repeats;
  void write_now(LogLevel level, std::string_view event, std::span<const LogField> fields);

  LogSink& sink_;
  std::atomic<LogLevel> level_;
  std::unique_ptr<Repeats> repeats_;
};

}  // namespace outhaul
