#pragma once

#include <charconv>
#include <cstdint>
#include <string_view>

#include "common/base/result.h"

namespace outhaul::tunnel {

/// A port of an authority or address: 1..65535 in decimal without leading zeros or sign. Error
/// kind `invalid`.
inline Result<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || text.starts_with('0')) {
    return Error{ErrorKind::invalid, "a port is a number from 1 to 65535 without leading zeros"};
  }
  return port;
}

}  // namespace outhaul::tunnel
