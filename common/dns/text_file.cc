#include "common/dns/text_file.h"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace outhaul::dns {

namespace {

constexpr std::size_t size_limit = std::size_t{1024} * 1024;

class File {
 public:
  // O_NONBLOCK: a FIFO in the file's place must not hang the loop.
  explicit File(const std::string& path)
      : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

Result<std::string> read_text_file(const std::string& path) {
  const File file(path);
  if (file.fd() < 0) return system_error(errno, "open " + path);
  std::string text;
  std::array<char, 8192> part;
  while (true) {
    const ssize_t count = read(file.fd(), part.data(), part.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(errno, "read " + path);
    if (count == 0) return text;
    text.append(part.data(), static_cast<std::size_t>(count));
    if (text.size() > size_limit) {
      return Error{ErrorKind::limit, path + " is larger than 1 MiB; shorten it"};
    }
  }
}

}  // namespace outhaul::dns
