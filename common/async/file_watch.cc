#include "common/async/file_watch.h"

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace outhaul {

namespace {

// An editor writes in several steps; the last one counts.
constexpr Duration burst = std::chrono::milliseconds(20);
constexpr Duration poll_interval = std::chrono::seconds(1);
constexpr int max_links = 8;

constexpr std::uint32_t directory_events = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                           IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF;
constexpr std::uint32_t file_events = IN_MODIFY | IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF;

std::filesystem::path directory_of(const std::filesystem::path& path) {
  const auto parent = path.parent_path();
  return parent.empty() ? std::filesystem::path(".") : parent;
}

}  // namespace

FileWatch::FileWatch(Loop& loop, std::string path, std::function<void()> changed)
    : loop_(loop), path_(std::move(path)), changed_(std::move(changed)) {
  fd_ = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd_ >= 0) loop_.add(fd_, EPOLLIN, *this);
  watch_path();
  if (!notified()) settle_.arm(loop_, poll_interval);
}

FileWatch::~FileWatch() {
  if (fd_ < 0) return;
  loop_.remove(fd_, *this);
  close(fd_);
}

void FileWatch::on_fd_events(std::uint32_t) {
  // What happened is not of interest, only that something did: the owner reads the file again.
  alignas(inotify_event) std::array<char, 4096> events;
  while (read(fd_, events.data(), events.size()) > 0) {
  }
  // Armed once a burst, not moved: a file that is written all the time must still be seen.
  if (!settle_.armed() || !notified()) settle_.arm(loop_, burst);
}

void FileWatch::settled() {
  watch_path();
  changed_();
  if (!notified()) settle_.arm(loop_, poll_interval);
}

void FileWatch::watch_path() {
  if (fd_ < 0) return;
  const std::set<int> before = std::exchange(watches_, {});
  complete_ = true;
  std::filesystem::path path = path_;
  std::error_code status;
  for (int links = 0; links < max_links; ++links) {
    watch_directory_of(path);
    const auto target = std::filesystem::read_symlink(path, status);
    if (status) break;
    path = target.is_absolute() ? target : directory_of(path) / target;
  }
  if (std::filesystem::exists(path, status)) add_watch(path_, file_events);
  for (const int watch : before) {
    if (!watches_.contains(watch)) inotify_rm_watch(fd_, watch);
  }
}

void FileWatch::watch_directory_of(const std::string& path) {
  std::filesystem::path directory = directory_of(path);
  std::error_code status;
  while (!std::filesystem::is_directory(directory, status) && directory != directory_of(directory))
    directory = directory_of(directory);
  add_watch(directory, directory_events);
}

void FileWatch::add_watch(const std::string& path, std::uint32_t events) {
  const int watch = inotify_add_watch(fd_, path.c_str(), events);
  if (watch >= 0) {
    watches_.insert(watch);
  } else {
    complete_ = false;
  }
}

}  // namespace outhaul
