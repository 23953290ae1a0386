#include "common/base/cgroup_memory.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "tests/support/temporary_directory.h"

namespace outhaul {
namespace {

struct Root {
  void write(const std::filesystem::path& path, std::string_view text) {
    const std::filesystem::path whole = directory.path() / path;
    std::filesystem::create_directories(whole.parent_path());
    std::ofstream(whole) << text;
  }
  std::optional<std::size_t> limit() const { return cgroup_memory_limit(directory.path()); }

  testing::TemporaryDirectory directory;
};

TEST_CASE("version 2: the smallest limit on the way to the root") {
  Root root;
  root.write("proc/self/cgroup", "0::/system.slice/outhaul.service\n");
  CHECK_FALSE(root.limit());
  root.write("sys/fs/cgroup/system.slice/outhaul.service/memory.max", "max\n");
  CHECK_FALSE(root.limit());
  root.write("sys/fs/cgroup/system.slice/memory.max", "100000000\n");
  CHECK(root.limit() == 100000000);
  root.write("sys/fs/cgroup/system.slice/outhaul.service/memory.max", "64000000\n");
  CHECK(root.limit() == 64000000);
}

TEST_CASE("version 1: the memory controller's own hierarchy; a huge number is none") {
  Root root;
  root.write("proc/self/cgroup", "5:cpu,cpuacct:/a\n4:memory:/a/b\n0::/\n");
  root.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  CHECK_FALSE(root.limit());
  root.write("sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "67108864\n");
  CHECK(root.limit() == 67108864);
}

TEST_CASE("within a container, the group may have its name outside") {
  Root root;
  root.write("proc/self/cgroup", "4:memory:/docker/0123abcd\n");
  root.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "50000000\n");
  CHECK(root.limit() == 50000000);
}

TEST_CASE("what cannot be read is no limit") {
  Root root;
  CHECK_FALSE(root.limit());
  root.write("proc/self/cgroup", "nonsense\n4:memory\n\n0::/../..\n");
  root.write("sys/fs/cgroup/memory.max", "12x\n");
  CHECK_FALSE(root.limit());
}

TEST_CASE("the budget is a share of the limit, at most the maximum") {
  Root root;
  CHECK(default_memory_budget(256, 4, root.directory.path()) == 256);
  root.write("proc/self/cgroup", "0::/\n");
  root.write("sys/fs/cgroup/memory.max", "400\n");
  CHECK(default_memory_budget(256, 4, root.directory.path()) == 100);
  root.write("sys/fs/cgroup/memory.max", "4000\n");
  CHECK(default_memory_budget(256, 4, root.directory.path()) == 256);
}

}  // namespace
}  // namespace outhaul
