#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace outhaul {

using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

/// Views text as bytes and back. Neither copies; the storage stays the caller's.
inline Bytes as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace outhaul
