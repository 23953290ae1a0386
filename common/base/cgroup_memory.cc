#include "common/base/cgroup_memory.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

namespace outhaul {
namespace {

namespace fs = std::filesystem;

/// The number in the first line; nothing for "max", which is version 2's "none".
std::optional<std::size_t> read_limit(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  std::size_t value = 0;
  const auto [end, code] = std::from_chars(line.data(), line.data() + line.size(), value);
  if (code != std::errc() || end != line.data() + line.size()) return std::nullopt;
  // Version 1 says "none" with the largest number of whole pages.
  constexpr std::size_t none = std::size_t{1} << 60;
  if (value >= none) return std::nullopt;
  return value;
}

/// The smallest limit from `group` up to the root of the hierarchy. Within a container the path
/// may name a group of the outside, which is not there: then the root's limit is what counts.
std::optional<std::size_t> smallest(const fs::path& hierarchy, std::string_view group,
                                    const char* name) {
  std::optional<std::size_t> found;
  fs::path path = fs::path(group).relative_path().lexically_normal();
  for (;;) {
    if (const auto limit = read_limit(hierarchy / path / name)) {
      found = std::min(found.value_or(*limit), *limit);
    }
    if (path.empty() || path == ".") return found;
    path = path.parent_path();
  }
}

/// A line of /proc/self/cgroup: "4:memory:/group", or "0::/group" of version 2.
std::optional<std::size_t> limit_of(const fs::path& root, std::string_view line) {
  const std::size_t first = line.find(':');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = line.find(':', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const std::string_view controllers = line.substr(first + 1, second - first - 1);
  const std::string_view group = line.substr(second + 1);
  const fs::path mounted = root / "sys/fs/cgroup";
  if (controllers.empty()) return smallest(mounted, group, "memory.max");
  const std::string listed = "," + std::string(controllers) + ",";
  if (listed.find(",memory,") == std::string::npos) return std::nullopt;
  return smallest(mounted / "memory", group, "memory.limit_in_bytes");
}

}  // namespace

std::optional<std::size_t> cgroup_memory_limit(const fs::path& root) {
  std::ifstream groups(root / "proc/self/cgroup");
  std::optional<std::size_t> found;
  std::string line;
  while (std::getline(groups, line)) {
    if (const auto limit = limit_of(root, line)) found = std::min(found.value_or(*limit), *limit);
  }
  return found;
}

std::size_t default_memory_budget(std::size_t maximum, std::size_t divisor, const fs::path& root) {
  const auto limit = cgroup_memory_limit(root);
  return limit ? std::min(maximum, *limit / divisor) : maximum;
}

}  // namespace outhaul
