#pragma once

#include <cstddef>
#include <memory>

#include "common/base/bytes.h"

namespace outhaul::h2 {

/// Where a send turn collects frames for one write to the transport. Holds memory only while there
/// is something in it; the memory of an emptied one is kept for the next session of the thread.
class Staging {
 public:
  /// What a turn may collect.
  static constexpr std::size_t size = 64 * 1024;
  /// Below this much room nothing more is collected: it would be a tiny DATA frame.
  static constexpr std::size_t least_room = 512;
  /// One frame other than DATA may go over `size`; nghttp2 makes them of at most 16 KiB.
  static constexpr std::size_t overhang = 16 * 1024 + 64;

  Staging() = default;
  ~Staging();
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  bool empty() const { return begin_ == end_; }
  /// Bytes until `size`, no matter how much of it is sent already.
  std::size_t room() const { return end_ < size ? size - end_ : 0; }
  bool nearly_full() const { return room() < least_room; }

  /// Copies `data` to the end; it must fit into room() + overhang.
  void append(Bytes data);
  Bytes pending() const { return {memory_.get() + begin_, end_ - begin_}; }
  /// Drops `count` bytes that the transport has taken; the last one gives the memory back.
  void taken(std::size_t count);

 private:
  std::unique_ptr<std::byte[]> memory_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace outhaul::h2
