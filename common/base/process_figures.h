#pragma once

#include <cstdint>

namespace outhaul {

/// What the kernel says of this process; 0 where it does not say.
struct ProcessFigures {
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t open_files = 0;
  std::uint64_t open_files_maximum = 0;
  double cpu_seconds = 0;
  /// Seconds since 1970.
  double start_time = 0;
};

/// From /proc, which never blocks.
ProcessFigures process_figures();

}  // namespace outhaul
