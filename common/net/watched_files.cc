#include "common/net/watched_files.h"

#include <utility>

#include "common/net/pem.h"

namespace outhaul::net {

namespace {

constexpr std::size_t size_maximum = std::size_t{16} * 1024 * 1024;

}  // namespace

WatchedFiles::WatchedFiles(Loop& loop, std::function<void()> changed)
    : loop_(loop), changed_(std::move(changed)) {}

bool WatchedFiles::watch(std::vector<std::string> files) {
  if (files == files_) return false;
  files_ = std::move(files);
  watches_.clear();
  for (const std::string& file : files_) {
    watches_.push_back(std::make_unique<FileWatch>(loop_, file, [this] { loop_.ready(look_); }));
  }
  return true;
}

void WatchedFiles::look() {
  // Events come without changes, too, and several for one.
  const std::size_t now = fingerprint();
  if (now == seen_) return;
  seen_ = now;
  changed_();
}

std::size_t WatchedFiles::fingerprint() const {
  std::size_t combined = 0;
  for (const std::string& file : files_) {
    const auto contents = read_file(file, size_maximum);
    const std::size_t part = contents ? std::hash<std::string>()(*contents) : 0;
    combined = combined * 31 + part;
  }
  return combined;
}

}  // namespace outhaul::net
