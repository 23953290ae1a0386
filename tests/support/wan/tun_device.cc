#include "tests/support/wan/tun_device.h"

#include <cerrno>
#include <exception>
#include <system_error>

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace outhaul::wan {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

class File {
 public:
  File(const std::string& path, int flags) : descriptor_(open(path.c_str(), flags | O_CLOEXEC)) {
    if (descriptor_ < 0) fail("open " + path);
  }
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return descriptor_; }
  int release() {
    const int descriptor = descriptor_;
    descriptor_ = -1;
    return descriptor;
  }

 private:
  int descriptor_;
};

/// The thread is in another network namespace as long as this lives.
class Visit {
 public:
  explicit Visit(const std::string& path) : home_("/proc/thread-self/ns/net", O_RDONLY) {
    const File there(path, O_RDONLY);
    if (setns(there.get(), CLONE_NEWNET) != 0) fail("setns " + path);
  }
  ~Visit() {
    // It was in there a moment ago, so it may go back; if not, nothing here could go on.
    if (setns(home_.get(), CLONE_NEWNET) != 0) std::terminate();
  }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

 private:
  File home_;
};

}  // namespace

TunDevice::TunDevice(const std::string& path, const std::string& name) {
  const Visit visit(path);
  File device("/dev/net/tun", O_RDWR | O_NONBLOCK);
  ifreq request{};
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  if (ioctl(device.get(), TUNSETIFF, &request) != 0) fail("make interface " + name);
  descriptor_ = device.release();
}

TunDevice::~TunDevice() {
  close(descriptor_);
}

std::size_t TunDevice::read(std::span<std::byte> room) {
  const ssize_t count = ::read(descriptor_, room.data(), room.size());
  if (count >= 0) return static_cast<std::size_t>(count);
  if (errno == EAGAIN || errno == EINTR) return 0;
  fail("read a packet");
}

bool TunDevice::write(std::span<const std::byte> packet) {
  return ::write(descriptor_, packet.data(), packet.size()) >= 0;
}

}  // namespace outhaul::wan
