#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "agent/origins/process_use.h"

namespace outhaul::agent {

/// The right to have one origin connection open. It counts from before the dial until the
/// connection is closed, in the pool, in the process and for its service; who destroys it gives it
/// back. Destroyed on the pool's thread.
class ConnectionSlot {
 public:
  /// Holds nothing.
  ConnectionSlot() = default;
  /// None when the process has `maximum` connections, or the service `limit`. `total` (of the pool)
  /// and `process` must outlive the slot.
  static std::optional<ConnectionSlot> take(std::size_t& total, ProcessUse& process,
                                            std::size_t maximum,
                                            const std::shared_ptr<ServiceUse>& use,
                                            std::uint32_t limit) {
    if (!take_one(use->connections, limit)) return std::nullopt;
    if (!take_one(process.connections, maximum)) {
      give_one_back(use->connections);
      return std::nullopt;
    }
    return ConnectionSlot(total, process, use);
  }
  ConnectionSlot(ConnectionSlot&& other) noexcept
      : total_(std::exchange(other.total_, nullptr)),
        process_(other.process_),
        use_(std::move(other.use_)) {}
  ConnectionSlot& operator=(ConnectionSlot&& other) noexcept {
    if (this != &other) {
      release();
      total_ = std::exchange(other.total_, nullptr);
      process_ = other.process_;
      use_ = std::move(other.use_);
    }
    return *this;
  }
  ~ConnectionSlot() { release(); }

  bool held() const { return total_ != nullptr; }
  void release() {
    if (total_ == nullptr) return;
    --*std::exchange(total_, nullptr);
    give_one_back(process_->connections);
    give_one_back(use_->connections);
    use_.reset();
  }

 private:
  ConnectionSlot(std::size_t& total, ProcessUse& process, std::shared_ptr<ServiceUse> use)
      : total_(&total), process_(&process), use_(std::move(use)) {
    ++*total_;
  }

  std::size_t* total_ = nullptr;
  ProcessUse* process_ = nullptr;
  std::shared_ptr<ServiceUse> use_;
};

}  // namespace outhaul::agent
