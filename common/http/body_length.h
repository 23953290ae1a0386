#pragma once

#include <cstdint>
#include <optional>

namespace outhaul::http {

/// Compares a declared content-length with the body that comes (protocol.md section 7: overrun or
/// underrun resets the stream and closes the origin connection).
class BodyLengthCheck {
 public:
  /// `declared` is none when the message had no content-length; then everything fits.
  explicit BodyLengthCheck(std::optional<std::uint64_t> declared) : declared_(declared) {}

  /// Counts bytes before they are passed on; false when they are more than declared.
  [[nodiscard]] bool add(std::uint64_t bytes) {
    received_ += bytes;
    return !declared_ || received_ <= *declared_;
  }
  /// At the end of the body: false when bytes are missing, or were too many.
  [[nodiscard]] bool is_complete() const { return !declared_ || received_ == *declared_; }
  std::uint64_t received() const { return received_; }

 private:
  std::optional<std::uint64_t> declared_;
  std::uint64_t received_ = 0;
};

}  // namespace outhaul::http
