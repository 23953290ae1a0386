#pragma once

#include <cstddef>
#include <memory>
#include <utility>

namespace outhaul::net {

/// Room for four full TLS records with their overhead.
inline constexpr std::size_t tls_block_size = std::size_t{68} * 1024;

/// A block of scratch memory from a free list per thread; goes back when destroyed. TLS streams
/// hold one only while they read, and while output waits for the transport, so that an idle
/// connection has none.
class TlsBlock {
 public:
  /// Empty: data() is null.
  TlsBlock() = default;
  static TlsBlock take();
  TlsBlock(TlsBlock&& other) noexcept = default;
  TlsBlock& operator=(TlsBlock&& other) noexcept;
  ~TlsBlock() { give_back(); }

  explicit operator bool() const { return memory_ != nullptr; }
  std::byte* data() const { return memory_.get(); }

 private:
  explicit TlsBlock(std::unique_ptr<std::byte[]> memory) : memory_(std::move(memory)) {}
  void give_back() noexcept;

  std::unique_ptr<std::byte[]> memory_;
};

}  // namespace outhaul::net
