#pragma once

#include <functional>
#include <set>
#include <string>

#include "common/async/loop.h"
#include "common/async/runnable.h"
#include "common/async/timer.h"

namespace outhaul {

/// Tells when a file may have changed: edited in place, replaced by rename, created, removed, or
/// reached over symbolic links of which one changed.
///
/// It watches, with inotify, the file itself (a bind mount does not show in the directory) and the
/// directory of every link on the way; a directory that does not exist yet is waited for in its
/// nearest parent. Where inotify is not to be had, it asks its owner to look every second.
class FileWatch final : private FdHandler {
 public:
  /// `changed` runs on the loop with no coroutine on the stack, at most once for a burst of
  /// changes, also without a real change. The watch must not be destroyed inside it.
  FileWatch(Loop& loop, std::string path, std::function<void()> changed);
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;
  ~FileWatch();

  /// False when it has to poll.
  bool notified() const { return fd_ >= 0 && complete_; }

 private:
  class Settle final : public Timer {
   public:
    explicit Settle(FileWatch& watch) : watch_(watch) {}

   private:
    void expired() override { watch_.settled(); }
    FileWatch& watch_;
  };

  void on_fd_events(std::uint32_t events) override;
  void settled();
  void watch_path();
  void add_watch(const std::string& path, std::uint32_t events);
  void watch_directory_of(const std::string& path);

  Loop& loop_;
  std::string path_;
  std::function<void()> changed_;
  int fd_ = -1;
  bool complete_ = false;
  std::set<int> watches_;
  Settle settle_{*this};
};

}  // namespace outhaul
