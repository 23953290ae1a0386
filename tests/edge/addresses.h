#pragma once

#include <stdexcept>

#include "edge/directory/tokens.h"

namespace outhaul::edge {

inline EdgeAddresses sample_addresses() {
  const auto edge = tunnel::EdgeAddress::parse("edge.example.net:7844");
  if (!edge) throw std::runtime_error(edge.error().message);
  tunnel::Pin pin;
  pin.digest = PublicKey{std::byte{1}, std::byte{2}};
  return {{*edge}, {pin}};
}

}  // namespace outhaul::edge
