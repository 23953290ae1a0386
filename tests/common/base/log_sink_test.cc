#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <string>
#include <thread>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/journal.h"
#include "common/base/log.h"

using namespace outhaul;

namespace {

/// A pipe whose ends close themselves.
struct Pipe {
  Pipe() { REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0); }
  ~Pipe() {
    close_reader();
    ::close(ends[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_reader() {
    if (ends[0] >= 0) ::close(ends[0]);
    ends[0] = -1;
  }
  std::string read_available() const {
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    std::string text;
    std::array<char, 4096> buffer{};
    for (;;) {
      const ssize_t count = ::read(ends[0], buffer.data(), buffer.size());
      if (count <= 0) return text;
      text.append(buffer.data(), static_cast<std::size_t>(count));
    }
  }
  std::array<int, 2> ends{};
};

/// Sets a variable of the environment for a while.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* const before = std::getenv(name)) before_ = before;
    ::setenv(name, value.c_str(), 1);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() {
    if (before_) {
      ::setenv(name_, before_->c_str(), 1);
    } else {
      ::unsetenv(name_);
    }
  }

 private:
  const char* name_;
  std::optional<std::string> before_;
};

/// What systemd writes into JOURNAL_STREAM for this descriptor.
std::string journal_stream_of(int file_descriptor) {
  struct stat found{};
  REQUIRE(::fstat(file_descriptor, &found) == 0);
  return std::to_string(found.st_dev) + ":" + std::to_string(found.st_ino);
}

/// Both ends of a terminal of its own.
struct Terminal {
  Terminal() {
    master = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    REQUIRE(master >= 0);
    REQUIRE(::grantpt(master) == 0);
    REQUIRE(::unlockpt(master) == 0);
    slave = ::open(::ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    REQUIRE(slave >= 0);
  }
  ~Terminal() {
    ::close(slave);
    ::close(master);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  int master = -1;
  int slave = -1;
};

}  // namespace

TEST_CASE("no colour and no words where no terminal is") {
  const Pipe pipe;
  CHECK(choose_log_style(LogFormat::automatic, pipe.ends[1]) == LogStyle::json);
  CHECK(choose_log_style(LogFormat::human, pipe.ends[1]) == LogStyle::human);
  CHECK(choose_log_style(LogFormat::json, pipe.ends[1]) == LogStyle::json);
}

TEST_CASE("the stream sink writes every line before it ends") {
  const Pipe pipe;
  {
    StreamLogSink sink(pipe.ends[1], LogStyle::human);
    Log log(sink);
    for (int i = 0; i < 100; ++i)
      log.info("tick", {{"i", i}});
  }
  const std::string text = pipe.read_available();
  CHECK(std::count(text.begin(), text.end(), '\n') == 100);
  CHECK(text.find("tick i=0\n") < text.find("tick i=99\n"));
  CHECK(text.find("log_dropped") == std::string::npos);
}

TEST_CASE("a reader that stopped costs lines, which are counted, and never blocks") {
  const Pipe pipe;
  ::fcntl(pipe.ends[1], F_SETPIPE_SZ, 4096);
  constexpr std::size_t written = 500;
  std::string text;
  {
    StreamLogSink sink(pipe.ends[1], LogStyle::json, 8);
    Log log(sink);
    const std::string filler(500, 'x');
    for (std::size_t i = 0; i < written; ++i)
      log.info("tick", {{"i", i}, {"filler", filler}});
    // The sink's thread now finds room. The newest line is never dropped.
    while (text.find("\"i\":499") == std::string::npos) {
      std::array<char, 4096> buffer{};
      const ssize_t count = ::read(pipe.ends[0], buffer.data(), buffer.size());
      REQUIRE(count > 0);
      text.append(buffer.data(), static_cast<std::size_t>(count));
    }
  }
  text += pipe.read_available();
  const auto ticks = [&] {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = text.find("\"tick\"", at)) != std::string::npos; ++at)
      ++count;
    return count;
  }();
  std::size_t dropped = 0;
  static constexpr std::string_view key = "\"lines\":";
  for (std::size_t at = 0; (at = text.find(key, at)) != std::string::npos; ++at) {
    dropped += std::stoul(text.substr(at + key.size(), 10));
  }
  CHECK(dropped > 0);
  CHECK(ticks < written);
  CHECK(ticks + dropped == written);
}

TEST_CASE("a reader that has gone ends neither the process nor the caller") {
  Pipe pipe;
  pipe.close_reader();
  StreamLogSink sink(pipe.ends[1], LogStyle::human);
  Log log(sink);
  for (int i = 0; i < 10; ++i)
    log.info("tick");
}

TEST_CASE("words on a terminal, in colour unless NO_COLOR says otherwise") {
  const Terminal terminal;
  const Variable empty("NO_COLOR", "");
  CHECK(choose_log_style(LogFormat::automatic, terminal.slave) == LogStyle::human_coloured);
  CHECK(choose_log_style(LogFormat::human, terminal.slave) == LogStyle::human_coloured);
  CHECK(choose_log_style(LogFormat::json, terminal.slave) == LogStyle::json);
  const Variable set("NO_COLOR", "1");
  CHECK(choose_log_style(LogFormat::automatic, terminal.slave) == LogStyle::human);
}

TEST_CASE("lines for journald begin with their priority") {
  const Pipe pipe;
  const Variable variable("JOURNAL_STREAM", journal_stream_of(pipe.ends[1]));
  CHECK(is_journal(pipe.ends[1]));
  CHECK(choose_log_style(LogFormat::automatic, pipe.ends[1]) == LogStyle::json);
  {
    StreamLogSink sink(pipe.ends[1], LogStyle::json);
    Log log(sink, LogLevel::trace);
    log.error("e");
    log.warn("w");
    log.info("i");
    log.debug("d");
    log.trace("t");
  }
  const std::string text = pipe.read_available();
  for (const std::string start : {"<3>{\"time\"", "\n<4>{", "\n<6>{", "\n<7>{"})
    CHECK(text.find(start) != std::string::npos);
  CHECK(text.find("\"level\":\"trace\",\"event\":\"t\"") != std::string::npos);
}

TEST_CASE("a journal that standard error does not lead to gets no priorities") {
  const Pipe pipe;
  const Pipe other;
  const Variable variable("JOURNAL_STREAM", journal_stream_of(other.ends[1]));
  CHECK_FALSE(is_journal(pipe.ends[1]));
  {
    StreamLogSink sink(pipe.ends[1], LogStyle::human);
    Log log(sink);
    log.info("i");
  }
  CHECK(pipe.read_available().front() == '2');
}

TEST_CASE("a full disk costs lines, which are counted") {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  REQUIRE(full >= 0);
  StreamLogSink sink(full, LogStyle::json);
  Log log(sink);
  for (int i = 0; i < 100; ++i)
    log.info("tick");
  while (sink.dropped() < 100)
    std::this_thread::yield();
  CHECK(sink.dropped() == 100);
  ::close(full);
}

TEST_CASE("the end does not wait for a terminal that was stopped") {
  // It has room for some bytes and blocks whoever writes more.
  const Terminal terminal;
  StreamLogSink sink(terminal.slave, LogStyle::human);
  Log log(sink);
  const std::string filler(2000, 'y');
  for (int i = 0; i < 100; ++i)
    log.info("tick", {{"filler", filler}});
}
