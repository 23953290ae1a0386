#include "common/base/log_queue.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

using namespace outhaul;

namespace {

std::vector<std::string> lines_of(const LogBatch& batch) {
  std::vector<std::string> lines;
  batch.for_each([&lines](const LogBatch::Line& line) { lines.emplace_back(line.text); });
  return lines;
}

}  // namespace

TEST_CASE("a batch gives lines back as they came, without those that were dropped") {
  LogBatch batch;
  for (int i = 0; i < 10; ++i) {
    batch.add(i == 7 ? LogLevel::warn : LogLevel::info, std::to_string(i));
    if (i % 2 == 1) batch.drop_oldest();
  }
  CHECK(lines_of(batch) == std::vector<std::string>{"5", "6", "7", "8", "9"});
  CHECK(batch.size() == 5);
  CHECK(batch.bytes() == 5);
  std::vector<LogLevel> levels;
  batch.for_each([&levels](const LogBatch::Line& line) { levels.push_back(line.level); });
  CHECK(levels.at(2) == LogLevel::warn);
  CHECK(levels.at(3) == LogLevel::info);
  batch.clear();
  CHECK(batch.empty());
  batch.add(LogLevel::info, "");
  CHECK(lines_of(batch) == std::vector<std::string>{""});
}

TEST_CASE("a queue hands over all lines in one batch; when it is full the oldest make room") {
  LogQueue queue(3);
  int calls = 0;
  for (const char* line : {"a", "b", "c", "d", "e"})
    calls += queue.put(LogLevel::info, line) ? 1 : 0;
  CHECK(calls == 1);
  CHECK(queue.dropped() == 2);
  LogBatch batch;
  REQUIRE(queue.take(batch));
  CHECK(lines_of(batch) == std::vector<std::string>{"c", "d", "e"});
  // The writer looks once more before it is idle: until then it need not be called.
  CHECK_FALSE(queue.put(LogLevel::info, "f"));
  REQUIRE(queue.take(batch));
  CHECK(lines_of(batch) == std::vector<std::string>{"f"});
  CHECK_FALSE(queue.take(batch));
  CHECK(queue.put(LogLevel::info, "g"));
}

TEST_CASE("a closed queue gives what is left, then nothing") {
  LogQueue queue(100);
  CHECK(queue.put(LogLevel::info, "last"));
  queue.close();
  LogBatch batch;
  REQUIRE(queue.take(batch));
  CHECK(lines_of(batch) == std::vector<std::string>{"last"});
  CHECK_FALSE(queue.take(batch));
  CHECK(batch.empty());
}

TEST_CASE("every line of many threads comes through once, in the order of its thread") {
  constexpr int threads = 3;
  constexpr int lines = 500;
  LogQueue queue(2 * threads * lines);
  std::atomic<int> calls{0};
  std::vector<std::thread> writers;
  for (int thread = 0; thread < threads; ++thread) {
    writers.emplace_back([&queue, &calls, thread] {
      for (int line = 0; line < lines; ++line) {
        const std::string text = std::to_string(thread) + " " + std::to_string(line);
        if (queue.put(LogLevel::info, text)) ++calls;
      }
    });
  }
  std::vector<int> next(threads, 0);
  int seen = 0;
  LogBatch batch;
  const auto note = [&next, &seen](const LogBatch::Line& line) {
    const auto thread = static_cast<std::size_t>(line.text.front() - '0');
    CHECK(line.text == std::to_string(thread) + " " + std::to_string(next.at(thread)++));
    ++seen;
  };
  // No line may be left without a call for it.
  for (int answered = 0; seen < threads * lines;) {
    if (calls.load() == answered) {
      std::this_thread::yield();
      continue;
    }
    ++answered;
    while (queue.take(batch))
      batch.for_each(note);
  }
  for (std::thread& writer : writers)
    writer.join();
  CHECK(seen == threads * lines);
}
