#pragma once

#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace outhaul {

/// A tar archive (POSIX ustar) in memory, of regular files of mode 0600.
class TarArchive {
 public:
  /// `time` is when the files were made, in seconds since 1970.
  explicit TarArchive(std::time_t time) : time_(time) {}

  /// `name` has at most 99 bytes.
  void add(std::string_view name, std::string_view contents);
  std::string finish() &&;
  /// The archive in a gzip file (RFC 1952). Its blocks are stored, not compressed: no compression
  /// library is part of this program, and a few hundred kilobytes do not ask for one.
  std::string finish_gzip() &&;

 private:
  std::time_t time_;
  std::string bytes_;
};

struct TarMember {
  std::string name;
  std::string contents;
};

/// The regular files of an uncompressed archive; directories are passed over. Error kind `invalid`:
/// it is no tar archive, is damaged or cut short, or has members of other types.
Result<std::vector<TarMember>> read_tar(std::string_view archive);

}  // namespace outhaul
