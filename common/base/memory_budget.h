#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace outhaul {

/// How much the process has promised to remember for its peers, in bytes. It counts promises, not
/// use: a receive window that was announced can fill at any moment and cannot be taken back, so
/// what is only counted once it is there is counted too late. See docs/limits.md.
///
/// Any thread; every object that takes must end before it.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t limit) : limit_(limit) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  /// For what a request needs; false when so much is not left.
  bool take(std::size_t bytes) { return take_within(bytes, limit_, refused_); }
  /// For what only makes something faster: leaves the upper half to take().
  bool take_spare(std::size_t bytes) { return take_within(bytes, limit_ / 2, spare_refused_); }
  void give_back(std::size_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }

  std::size_t limit() const { return limit_; }
  std::size_t used() const { return used_.load(std::memory_order_relaxed); }
  /// How often each of the two said no.
  std::uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }
  std::uint64_t spare_refused() const { return spare_refused_.load(std::memory_order_relaxed); }

 private:
  bool take_within(std::size_t bytes, std::size_t limit, std::atomic<std::uint64_t>& refused) {
    const std::size_t before = used_.fetch_add(bytes, std::memory_order_relaxed);
    if (before <= limit && bytes <= limit - before) return true;
    give_back(bytes);
    refused.fetch_add(1, std::memory_order_relaxed);
    return false;
  }

  const std::size_t limit_;
  std::atomic<std::size_t> used_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<std::uint64_t> spare_refused_{0};
};

/// What one object has taken of a budget; goes back with it.
class MemoryShare {
 public:
  MemoryShare() = default;
  ~MemoryShare() { give_back(); }
  MemoryShare(MemoryShare&& other) noexcept
      : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  MemoryShare& operator=(MemoryShare&&) = delete;

  /// False when the budget has not so much left; nothing has changed then. The same budget each
  /// time.
  bool take(MemoryBudget& budget, std::size_t bytes) {
    return add(budget, bytes, budget.take(bytes));
  }
  bool take_spare(MemoryBudget& budget, std::size_t bytes) {
    return add(budget, bytes, budget.take_spare(bytes));
  }
  void give_back() {
    if (budget_ != nullptr) budget_->give_back(std::exchange(bytes_, 0));
  }
  std::size_t bytes() const { return bytes_; }

 private:
  bool add(MemoryBudget& budget, std::size_t bytes, bool taken) {
    if (!taken) return false;
    budget_ = &budget;
    bytes_ += bytes;
    return true;
  }

  MemoryBudget* budget_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace outhaul
