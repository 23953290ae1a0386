#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "agent/origins/service_use.h"

namespace outhaul::agent {

/// The right to have one origin connection open. It counts from before the dial until the
/// connection is closed, in the pool and for its service; who destroys it gives it back.
class ConnectionSlot {
 public:
  /// Holds nothing.
  ConnectionSlot() = default;
  /// `total` must outlive the slot.
  ConnectionSlot(std::size_t& total, std::shared_ptr<ServiceUse> use)
      : total_(&total), use_(std::move(use)) {
    ++*total_;
    ++use_->connections;
  }
  ConnectionSlot(ConnectionSlot&& other) noexcept
      : total_(std::exchange(other.total_, nullptr)), use_(std::move(other.use_)) {}
  ConnectionSlot& operator=(ConnectionSlot&& other) noexcept {
    if (this != &other) {
      release();
      total_ = std::exchange(other.total_, nullptr);
      use_ = std::move(other.use_);
    }
    return *this;
  }
  ~ConnectionSlot() { release(); }

  bool held() const { return total_ != nullptr; }
  void release() {
    if (total_ == nullptr) return;
    --*std::exchange(total_, nullptr);
    --use_->connections;
    use_.reset();
  }

 private:
  std::size_t* total_ = nullptr;
  std::shared_ptr<ServiceUse> use_;
};

}  // namespace outhaul::agent
