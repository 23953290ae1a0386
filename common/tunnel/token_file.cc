#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/tunnel/token.h"

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

Error about(ErrorKind kind, const std::string& path, std::string_view rest) {
  return Error{kind, std::string("token file ").append(path).append(": ").append(rest)};
}

Error cannot_open(const std::string& path, int error_number) {
  if (error_number == ENOENT || error_number == ENOTDIR) {
    return about(ErrorKind::not_found, path, "it does not exist; check the path");
  }
  if (error_number == EACCES || error_number == EPERM) {
    return about(ErrorKind::denied, path,
                 "this user may not read it; chown it to the agent's user, or chgrp it to the "
                 "agent's group with mode 0640");
  }
  return about(ErrorKind::system, path, std::strerror(error_number));
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

Result<void> check_permissions(const std::string& path, const struct stat& status) {
  if (!S_ISREG(status.st_mode)) {
    return about(ErrorKind::invalid, path, "it is not a regular file; name the file itself");
  }
  if ((status.st_mode & S_IRWXO) != 0) {
    return about(ErrorKind::denied, path, "every user can get at it; run chmod 0600 on it");
  }
  if ((status.st_mode & (S_IWGRP | S_IXGRP)) != 0) {
    return about(ErrorKind::denied, path,
                 "its group can do more than read it; run chmod 0640 or 0600 on it");
  }
  if ((status.st_mode & S_IRGRP) != 0 && !group_may_read(status.st_gid)) {
    return about(ErrorKind::denied, path,
                 "a group that is not the agent's own can read it; run chmod 0600 on it, or chgrp "
                 "it to the agent's group");
  }
  return {};
}

/// Reads at most one byte more than allowed, whatever the size was a moment ago.
Result<std::string> read_all(const std::string& path, int descriptor) {
  std::string text(token_size_maximum + 1, '\0');
  std::size_t length = 0;
  while (length < text.size()) {
    const ssize_t count = ::read(descriptor, text.data() + length, text.size() - length);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return about(ErrorKind::system, path, std::strerror(errno));
    if (count == 0) break;
    length += static_cast<std::size_t>(count);
  }
  text.resize(length);
  return text;
}

}  // namespace

Result<Token> read_token_file(const std::string& path) {
  // O_NONBLOCK: opening a FIFO must not wait for its writer.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.number() < 0) return cannot_open(path, errno);
  struct stat status{};
  if (::fstat(file.number(), &status) != 0) {
    return about(ErrorKind::system, path, std::strerror(errno));
  }
  OUTHAUL_CHECK(check_permissions(path, status));
  auto text = read_all(path, file.number());
  if (!text) return std::move(text.error());
  auto token = text->size() > token_size_maximum
                   ? Result<Token>(Error{ErrorKind::limit,
                                         "token: it is longer than 16 KiB; this is not a token"})
                   : parse_token(*text);
  wipe_memory(std::as_writable_bytes(std::span(text->data(), text->size())));
  if (!token) return about(token.error().kind, path, token.error().message);
  return token;
}

}  // namespace outhaul::tunnel
