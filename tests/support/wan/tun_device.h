#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace outhaul::wan {

/// A network interface of another network namespace whose other end is this process: what a
/// program there sends to it is read here, what is written here arrives there. IP packets, without
/// any header before them. Never blocks.
class TunDevice {
 public:
  /// Makes the interface `name` in the namespace that the file at `path` names (/run/netns/...).
  /// Throws std::system_error; the calling thread is back in its own namespace either way.
  TunDevice(const std::string& path, const std::string& name);
  ~TunDevice();
  TunDevice(const TunDevice&) = delete;
  TunDevice& operator=(const TunDevice&) = delete;

  int descriptor() const { return descriptor_; }
  /// One packet of at most room.size() bytes; 0 when none waits.
  std::size_t read(std::span<std::byte> room);
  /// A packet that the interface does not take (it is down, say) is lost, as on any link.
  bool write(std::span<const std::byte> packet);

 private:
  int descriptor_ = -1;
};

}  // namespace outhaul::wan
