#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "common/base/bytes.h"
#include "common/base/result.h"

namespace outhaul::tunnel {

/// The 32-byte secret of a tunnel. It wipes its memory when it goes, can be moved (the source is
/// wiped) but not copied, and has no text form, so that it cannot end up in a log by accident.
class TunnelSecret {
 public:
  static constexpr std::size_t size = 32;

  /// All zero, to be filled by a move.
  TunnelSecret() = default;
  /// Error kind `invalid` unless there are exactly 32 bytes. The caller wipes its own copy.
  static Result<TunnelSecret> from_bytes(Bytes bytes);
  /// From OpenSSL's generator. Throws std::runtime_error without entropy.
  static TunnelSecret random();

  TunnelSecret(TunnelSecret&& other) noexcept;
  TunnelSecret& operator=(TunnelSecret&& other) noexcept;
  ~TunnelSecret();

  std::span<const std::byte, size> bytes() const { return bytes_; }

 private:
  void wipe();
  std::array<std::byte, size> bytes_{};
};

/// Overwrites memory in a way that the compiler does not remove.
void wipe_memory(MutableBytes bytes);

}  // namespace outhaul::tunnel
