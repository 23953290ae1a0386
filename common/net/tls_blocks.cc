#include "common/net/tls_blocks.h"

#include <array>

namespace outhaul::net {

namespace {

using Memory = std::unique_ptr<std::byte[]>;

// Memory only, never contents that matter. Two are in use at a time by one connection (its scratch
// and its output); more are held only by connections whose transport is full.
struct FreeList {
  std::array<Memory, 4> blocks;
  std::size_t count = 0;
};
thread_local FreeList free_list;

}  // namespace

TlsBlock TlsBlock::take() {
  if (free_list.count > 0) return TlsBlock(std::move(free_list.blocks[--free_list.count]));
  return TlsBlock(std::make_unique_for_overwrite<std::byte[]>(tls_block_size));
}

TlsBlock& TlsBlock::operator=(TlsBlock&& other) noexcept {
  if (this != &other) {
    give_back();
    memory_ = std::move(other.memory_);
  }
  return *this;
}

void TlsBlock::give_back() noexcept {
  if (!memory_) return;
  if (free_list.count < free_list.blocks.size()) {
    free_list.blocks[free_list.count++] = std::move(memory_);
  } else {
    memory_.reset();
  }
}

}  // namespace outhaul::net
