#pragma once

#include <ctime>
#include <string>
#include <string_view>

namespace outhaul::agent {

/// A tar archive (POSIX ustar) in memory, of regular files of mode 0600.
class TarArchive {
 public:
  /// `time` is when the files were made, in seconds since 1970.
  explicit TarArchive(std::time_t time) : time_(time) {}

  /// `name` has at most 99 bytes.
  void add(std::string_view name, std::string_view contents);
  /// The archive in a gzip file (RFC 1952). Its blocks are stored, not compressed: no compression
  /// library is part of this program, and a few hundred kilobytes do not ask for one.
  std::string finish_gzip() &&;

 private:
  std::time_t time_;
  std::string bytes_;
};

}  // namespace outhaul::agent
