#include "common/net/watched_files.h"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "tests/support/temporary_directory.h"

using namespace outhaul;
using namespace outhaul::net;

namespace {

class Files {
 public:
  std::string path(const std::string& name) const { return (folder.path() / name).string(); }
  void write(const std::string& name, std::string_view text) const {
    std::ofstream(path(name)) << text;
  }
  void run_until_changes(int count) {
    while (changes < count)
      loop.run_turn(std::chrono::milliseconds(10));
  }

  testing::TemporaryDirectory folder;
  Loop loop;
  int changes = 0;
  WatchedFiles files{loop, [this] { ++changes; }};
};

}  // namespace

TEST_CASE("a change of any file is told, the same contents are not") {
  Files fixture;
  fixture.write("a", "1");
  fixture.write("b", "1");
  CHECK(fixture.files.watch({fixture.path("a"), fixture.path("b")}));
  CHECK_FALSE(fixture.files.watch({fixture.path("a"), fixture.path("b")}));
  fixture.files.mark_seen();
  fixture.write("a", "1");
  fixture.write("b", "2");
  fixture.run_until_changes(1);
  std::filesystem::remove(fixture.path("b"));
  fixture.run_until_changes(2);
  fixture.write("a", "1");
  fixture.write("b", "2");
  fixture.run_until_changes(3);
  CHECK(fixture.changes == 3);
}

TEST_CASE("what was marked as seen is not told") {
  Files fixture;
  fixture.write("a", "1");
  fixture.write("b", "1");
  fixture.files.watch({fixture.path("a"), fixture.path("b")});
  fixture.files.mark_seen();
  fixture.write("a", "2");
  fixture.files.mark_seen();
  fixture.loop.run_turn(std::chrono::milliseconds(50));
  fixture.loop.run_turn(std::chrono::milliseconds(50));
  CHECK(fixture.changes == 0);
  fixture.write("b", "2");
  fixture.run_until_changes(1);
  CHECK(fixture.changes == 1);
}
