#include "common/async/file_watch.h"

#include <filesystem>
#include <fstream>
#include <utility>

#include <doctest/doctest.h>

#include "tests/support/temporary_directory.h"

using namespace outhaul;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

void write(const fs::path& path, const char* text) {
  std::ofstream(path) << text;
}

/// Runs the loop until the watch speaks, or gives up after far longer than it may take.
bool told(Loop& loop, int& changes) {
  const TimePoint limit = LoopClock::now() + 10s;
  while (changes == 0 && LoopClock::now() < limit)
    loop.run_turn(100ms);
  return std::exchange(changes, 0) > 0;
}

}  // namespace

TEST_CASE("edits, replacement, removal and return of a file are noticed") {
  const testing::TemporaryDirectory directory;
  const fs::path file = directory.path() / "resolv.conf";
  write(file, "one");
  Loop loop;
  int changes = 0;
  const FileWatch watch(loop, file, [&changes] { ++changes; });
  CHECK(watch.notified());
  write(file, "two");
  CHECK(told(loop, changes));
  write(directory.path() / "new", "three");
  fs::rename(directory.path() / "new", file);
  CHECK(told(loop, changes));
  write(file, "in place, after the replacement");
  CHECK(told(loop, changes));
  fs::remove(file);
  CHECK(told(loop, changes));
  write(file, "four");
  CHECK(told(loop, changes));
}

TEST_CASE("changes of a symbolic link and of its target are noticed") {
  const testing::TemporaryDirectory directory;
  fs::create_directory(directory.path() / "run");
  const fs::path target = directory.path() / "run" / "stub.conf";
  const fs::path link = directory.path() / "resolv.conf";
  write(target, "one");
  fs::create_symlink("run/stub.conf", link);
  Loop loop;
  int changes = 0;
  const FileWatch watch(loop, link, [&changes] { ++changes; });
  write(target, "two");
  CHECK(told(loop, changes));
  write(directory.path() / "run" / "new", "three");
  fs::rename(directory.path() / "run" / "new", target);
  CHECK(told(loop, changes));
  fs::create_symlink("elsewhere.conf", directory.path() / "link");
  fs::rename(directory.path() / "link", link);
  CHECK(told(loop, changes));
  write(directory.path() / "elsewhere.conf", "four");
  CHECK(told(loop, changes));
}

TEST_CASE("a directory that comes later is waited for") {
  const testing::TemporaryDirectory directory;
  Loop loop;
  int changes = 0;
  const FileWatch watch(loop, directory.path() / "etc" / "resolv.conf", [&changes] { ++changes; });
  fs::create_directory(directory.path() / "etc");
  CHECK(told(loop, changes));
  write(directory.path() / "etc" / "resolv.conf", "one");
  CHECK(told(loop, changes));
}
