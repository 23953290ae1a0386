#include "common/base/log_queue.h"

#include <utility>

namespace outhaul {
namespace {

/// How long lines may be gathered after the last batch. Not longer than anybody who reads along
/// would notice.
constexpr std::chrono::milliseconds gathering_time{5};
constexpr std::size_t much_text = std::size_t{64} * 1024;

}  // namespace

void LogBatch::add(LogLevel level, std::string_view text) {
  text_.append(text);
  lines_.push_back({text.size(), level});
}

void LogBatch::drop_oldest() {
  text_begin_ += lines_[first_++].size;
  if (2 * first_ < lines_.size()) return;
  text_.erase(0, std::exchange(text_begin_, 0));
  lines_.erase(lines_.begin(),
               lines_.begin() + static_cast<std::ptrdiff_t>(std::exchange(first_, 0)));
}

void LogBatch::clear() {
  // A burst is no reason to keep its memory.
  if (text_.capacity() > 4 * much_text) text_ = {};
  text_.clear();
  lines_.clear();
  text_begin_ = first_ = 0;
}

bool LogQueue::is_much() const {
  return 2 * lines_.size() >= maximum_lines_ || lines_.bytes() >= much_text;
}

bool LogQueue::put(LogLevel level, std::string_view line) {
  bool much = false;
  bool call = false;
  {
    const std::lock_guard lock(mutex_);
    if (lines_.size() >= maximum_lines_) {
      lines_.drop_oldest();
      dropped_.fetch_add(1, std::memory_order_relaxed);
    }
    lines_.add(level, line);
    much = gathering_ && is_much();
    if (much) gathering_ = false;
    call = !writer_called_;
    writer_called_ = true;
  }
  if (much) worth_writing_.notify_one();
  return call;
}

bool LogQueue::take(LogBatch& batch) {
  batch.clear();
  std::unique_lock lock(mutex_);
  gathering_ = true;
  worth_writing_.wait_until(lock, taken_ + gathering_time, [this] { return closed_ || is_much(); });
  gathering_ = false;
  writer_called_ = !lines_.empty();
  if (!writer_called_) return false;
  taken_ = std::chrono::steady_clock::now();
  std::swap(batch, lines_);
  return true;
}

void LogQueue::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  worth_writing_.notify_one();
}

}  // namespace outhaul
