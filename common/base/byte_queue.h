#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/memory_pool.h"

namespace outhaul {

/// A first-in-first-out queue of bytes in blocks. An empty queue holds no memory: blocks come from
/// and return to a free list per thread, so that a thousand idle streams cost nothing.
class ByteQueue {
 public:
  static constexpr std::size_t block_size = 16 * 1024;

  ByteQueue() = default;
  ByteQueue(ByteQueue&& other) noexcept;
  ByteQueue& operator=(ByteQueue&& other) noexcept;
  ~ByteQueue();

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  /// Copies `data` to the end.
  void append(Bytes data);
  /// The longest contiguous run at the front; empty when the queue is. Valid until consume(),
  /// commit() or append().
  Bytes front() const;
  /// Drops `count` <= size() bytes from the front.
  void consume(std::size_t count);
  void clear();

  /// Room at the end to read into directly: at least one byte, contiguous. commit() says how much
  /// of it was filled. A block that got nothing is given back by release_unused().
  MutableBytes prepare();
  void commit(std::size_t count);
  void release_unused();

 private:
  struct Block {
    std::unique_ptr<std::byte[]> memory;
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  void add_block();
  void drop_front_block();

  std::vector<Block, PoolAllocator<Block>> blocks_;  // few: a queue is bounded by its owner
  std::size_t size_ = 0;
};

}  // namespace outhaul
