#pragma once

#include <cstddef>
#include <cstring>
#include <utility>

#include "common/base/memory_pool.h"

namespace outhaul::http {

/// The text of a Fields: bytes of the memory pool that begin as what they happen to be, because all
/// of them are written before they are read. (A vector clears them: 200 instructions a head.)
class FieldText {
 public:
  FieldText() = default;
  FieldText(const FieldText& other) {
    if (other.size_ == 0) return;
    reserve(other.size_);
    std::memcpy(memory_, other.memory_, other.size_);
    size_ = other.size_;
  }
  FieldText(FieldText&& other) noexcept
      : memory_(std::exchange(other.memory_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  FieldText& operator=(FieldText other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~FieldText() {
    if (memory_ != nullptr) release_pooled(memory_, capacity_);
  }

  const char* data() const { return memory_; }
  std::size_t size() const { return size_; }
  void clear() { size_ = 0; }

  /// Room for `count` more bytes at the end, to be written by the caller.
  char* extend(std::size_t count) {
    if (count > capacity_ - size_) reserve(2 * (size_ + count));
    return memory_ + std::exchange(size_, size_ + count);
  }
  void reserve(std::size_t capacity) {
    if (capacity <= capacity_) return;
    auto* const memory = static_cast<char*>(allocate_pooled(capacity));
    if (size_ > 0) std::memcpy(memory, memory_, size_);
    if (memory_ != nullptr) release_pooled(memory_, capacity_);
    memory_ = memory;
    capacity_ = capacity;
  }

 private:
  char* memory_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace outhaul::http
