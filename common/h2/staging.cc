#include "common/h2/staging.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace outhaul::h2 {
namespace {

// Memory only, never contents. One is enough: a send turn ends before the next one starts, and only
// a session whose transport is blocked keeps its own.
thread_local std::unique_ptr<std::byte[]> spare;

}  // namespace

Staging::~Staging() {
  if (memory_) spare = std::move(memory_);
}

void Staging::append(Bytes data) {
  assert(data.size() <= size + overhang - end_);
  if (data.empty()) return;
  if (!memory_) {
    memory_ =
        spare ? std::move(spare) : std::make_unique_for_overwrite<std::byte[]>(size + overhang);
  }
  std::copy(data.begin(), data.end(), memory_.get() + end_);
  end_ += data.size();
}

void Staging::taken(std::size_t count) {
  assert(count <= end_ - begin_);
  begin_ += count;
  if (begin_ != end_) return;
  begin_ = end_ = 0;
  if (memory_) spare = std::move(memory_);
}

}  // namespace outhaul::h2
