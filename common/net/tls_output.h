#pragma once

#include <cstddef>
#include <vector>

#include "common/base/bytes.h"
#include "common/net/tls_blocks.h"

namespace outhaul::net {

/// Ciphertext that waits to be sent, contiguous, so that one turn is one send. Data records stay
/// within one block (the stream asks room() first); what OpenSSL adds of its own, a long
/// certificate chain or an alert, may go beyond into memory of its own, up to a limit.
class TlsOutput {
 public:
  bool empty() const { return size() == 0; }
  std::size_t size() const { return end_ - begin_ + excess_.size(); }
  /// Bytes that may be appended without leaving the block.
  std::size_t room() const { return excess_.empty() ? tls_block_size - (end_ - begin_) : 0; }

  /// False, and nothing taken, when more than 256 KiB would wait: a peer that makes us answer
  /// without reading the answers.
  bool append(Bytes ciphertext);
  /// What to send next.
  Bytes front() const;
  void consume(std::size_t count);
  void clear();

 private:
  TlsBlock block_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::vector<std::byte> excess_;
};

}  // namespace outhaul::net
