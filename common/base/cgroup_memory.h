#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>

namespace outhaul {

/// The memory that control groups leave to this process: the smallest limit of its own group and
/// of those around it, version 1 or 2. Nothing without a limit. `root` stands for "/" in tests.
/// Reads files, so for start-up only.
std::optional<std::size_t> cgroup_memory_limit(const std::filesystem::path& root = "/");

/// The default of --memory-limit: `maximum`, or a `divisor`-th of that limit if it is less.
std::size_t default_memory_budget(std::size_t maximum, std::size_t divisor,
                                  const std::filesystem::path& root = "/");

}  // namespace outhaul
