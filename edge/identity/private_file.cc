#include "edge/identity/private_file.h"

#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/net/fd.h"

namespace outhaul::edge {

namespace {

Result<void> write_and_sync(int fd, std::string_view content, const std::string& name) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error(errno, "write " + name);
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(fd) != 0) return system_error(errno, "write " + name);
  return {};
}

}  // namespace

Result<void> write_private_file(const std::filesystem::path& path, std::string_view content,
                                FileOwner owner) {
  const std::string unfinished = path.string() + ".new";
  ::unlink(unfinished.c_str());
  {
    const net::Fd file(::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (file.get() < 0) return system_error(errno, "create " + unfinished);
    if (owner == FileOwner::directory) give_to_owner(file.get(), path.parent_path());
    OUTHAUL_CHECK(write_and_sync(file.get(), content, unfinished));
  }
  if (std::rename(unfinished.c_str(), path.c_str()) != 0) {
    return system_error(errno, "create " + path.string());
  }
  return {};
}

void give_to_owner(int file, const std::filesystem::path& directory) {
  struct stat owner{};
  if (::geteuid() != 0 || ::stat(directory.c_str(), &owner) != 0) return;
  // Where it fails, the file is root's, and opening it tells the edge.
  if (::fchown(file, owner.st_uid, owner.st_gid) != 0) return;
}

Result<void> make_private_directory(const std::filesystem::path& path) {
  std::error_code failure;
  if (std::filesystem::is_directory(path, failure)) return {};
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), failure);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return system_error(errno, "create the directory " + path.string());
  }
  if (!std::filesystem::is_directory(path, failure)) {
    return Error{ErrorKind::invalid, path.string() + " is not a directory"};
  }
  return {};
}

}  // namespace outhaul::edge
