#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/async/file_watch.h"
#include "common/async/loop.h"
#include "common/async/runnable.h"

namespace outhaul::net {

/// Tells when the contents of any of some files have changed: a configuration file, a token, a
/// certificate with its key. A touched file that holds the same is no change.
///
/// Files are compared by a hash of what they hold, up to 16 MiB each; one that cannot be read
/// counts as empty.
class WatchedFiles {
 public:
  /// `changed` runs on the loop with no coroutine on the stack; there the owner may call
  /// everything here. `loop` must outlive this.
  WatchedFiles(Loop& loop, std::function<void()> changed);
  WatchedFiles(const WatchedFiles&) = delete;
  WatchedFiles& operator=(const WatchedFiles&) = delete;

  /// Watches these files from now on. Whether they are others than before.
  bool watch(std::vector<std::string> files);
  /// What the files hold now is known. To be called before they are read: what changes meanwhile
  /// must look changed afterwards.
  void mark_seen() { seen_ = fingerprint(); }

 private:
  /// A file watch must not be destroyed inside its callback, and the owner may make new ones.
  class Look final : public Runnable {
   public:
    explicit Look(WatchedFiles& files) : files_(files) {}
    void run() override { files_.look(); }

   private:
    WatchedFiles& files_;
  };

  void look();
  std::size_t fingerprint() const;

  Loop& loop_;
  std::function<void()> changed_;
  std::vector<std::string> files_;
  std::size_t seen_ = 0;
  Look look_{*this};
  std::vector<std::unique_ptr<FileWatch>> watches_;
};

}  // namespace outhaul::net
