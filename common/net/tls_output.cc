#include "common/net/tls_output.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace outhaul::net {

namespace {
constexpr std::size_t most_waiting = std::size_t{256} * 1024;
}  // namespace

bool TlsOutput::append(Bytes ciphertext) {
  if (size() + ciphertext.size() > most_waiting) return false;
  if (ciphertext.size() > room()) {
    excess_.insert(excess_.end(), ciphertext.begin(), ciphertext.end());
    return true;
  }
  if (!block_) block_ = TlsBlock::take();
  if (ciphertext.size() > tls_block_size - end_) {
    std::memmove(block_.data(), block_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  std::memcpy(block_.data() + end_, ciphertext.data(), ciphertext.size());
  end_ += ciphertext.size();
  return true;
}

Bytes TlsOutput::front() const {
  if (begin_ < end_) return {block_.data() + begin_, end_ - begin_};
  return excess_;
}

void TlsOutput::consume(std::size_t count) {
  assert(count <= front().size());
  if (begin_ < end_) {
    begin_ += count;
  } else {
    excess_.erase(excess_.begin(), excess_.begin() + static_cast<std::ptrdiff_t>(count));
  }
  if (begin_ == end_) {
    block_ = TlsBlock();
    begin_ = end_ = 0;
  }
  if (excess_.empty()) excess_ = {};
}

void TlsOutput::clear() {
  block_ = TlsBlock();
  begin_ = end_ = 0;
  excess_ = {};
}

}  // namespace outhaul::net
