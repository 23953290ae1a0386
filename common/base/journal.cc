#include "common/base/journal.h"

#include <cstdlib>
#include <string>

#include <sys/stat.h>

namespace outhaul {

bool is_journal(int file_descriptor) {
  const char* const named = std::getenv("JOURNAL_STREAM");
  struct stat found{};
  if (named == nullptr || ::fstat(file_descriptor, &found) != 0) return false;
  return named == std::to_string(found.st_dev) + ":" + std::to_string(found.st_ino);
}

int syslog_priority(LogLevel level) {
  switch (level) {
    case LogLevel::error:
      return 3;
    case LogLevel::warn:
      return 4;
    case LogLevel::info:
      return 6;
    case LogLevel::trace:
    case LogLevel::debug:
    case LogLevel::off:
      break;
  }
  return 7;
}

}  // namespace outhaul
