#include "common/tunnel/secret_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/tunnel/secret.h"

namespace outhaul::tunnel {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

/// The file, as messages name it: "token file /etc/outhaul/token".
using Name = std::string;

Error about(ErrorKind kind, const Name& name, std::string_view rest) {
  return Error{kind, name + ": " + std::string(rest)};
}

Error cannot_open(const Name& name, int error_number) {
  if (error_number == ENOENT || error_number == ENOTDIR) {
    return about(ErrorKind::not_found, name, "it does not exist; check the path");
  }
  if (error_number == EACCES || error_number == EPERM) {
    return about(ErrorKind::denied, name,
                 "this user may not read it; chown it to the agent's user, or chgrp it to the "
                 "agent's group with mode 0640");
  }
  return about(ErrorKind::system, name, std::strerror(error_number));
}

bool is_own_group(gid_t group) {
  if (group == ::getegid()) return true;
  const int count = ::getgroups(0, nullptr);
  if (count <= 0) return false;
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  const int filled = ::getgroups(count, groups.data());
  return filled > 0 &&
         std::find(groups.begin(), groups.begin() + filled, group) != groups.begin() + filled;
}

/// A file of root's own group is not more open than one without group access. systemd's
/// LoadCredential makes such files: the group bits there are the mask of an access list.
bool group_may_read(gid_t group) {
  return group == 0 || is_own_group(group);
}

Result<void> check_permissions(const Name& name, const struct stat& status) {
  if (!S_ISREG(status.st_mode)) {
    return about(ErrorKind::invalid, name, "it is not a regular file; name the file itself");
  }
  if ((status.st_mode & S_IRWXO) != 0) {
    return about(ErrorKind::denied, name, "every user can get at it; run chmod 0600 on it");
  }
  if ((status.st_mode & (S_IWGRP | S_IXGRP)) != 0) {
    return about(ErrorKind::denied, name,
                 "its group can do more than read it; run chmod 0640 or 0600 on it");
  }
  if ((status.st_mode & S_IRGRP) != 0 && !group_may_read(status.st_gid)) {
    return about(ErrorKind::denied, name,
                 "a group that is not the agent's own can read it; run chmod 0600 on it, or chgrp "
                 "it to the agent's group");
  }
  return {};
}

/// Whatever the size was a moment ago: at most one byte more than allowed is read.
Result<std::string> read_all(const Name& name, int descriptor, std::size_t maximum) {
  std::string text(maximum + 1, '\0');
  std::size_t length = 0;
  while (length < text.size()) {
    const ssize_t count = ::read(descriptor, text.data() + length, text.size() - length);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return about(ErrorKind::system, name, std::strerror(errno));
    if (count == 0) break;
    length += static_cast<std::size_t>(count);
  }
  text.resize(length);
  if (length <= maximum) return text;
  wipe_memory(std::as_writable_bytes(std::span(text.data(), text.size())));
  return about(
      ErrorKind::limit, name,
      "it is longer than " + std::to_string(maximum / 1024) + " KiB; this is the wrong file");
}

}  // namespace

Result<std::string> read_secret_file(const std::string& path, std::string_view what,
                                     std::size_t maximum) {
  const Name name = std::string(what) + " " + path;
  // O_NONBLOCK: opening a FIFO must not wait for its writer.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.number() < 0) return cannot_open(name, errno);
  struct stat status{};
  if (::fstat(file.number(), &status) != 0) {
    return about(ErrorKind::system, name, std::strerror(errno));
  }
  OUTHAUL_CHECK(check_permissions(name, status));
  return read_all(name, file.number(), maximum);
}

}  // namespace outhaul::tunnel
