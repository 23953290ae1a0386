#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

namespace outhaul::fuzz {

/// A message and the pieces in which it is to arrive, both taken from one input:
///
///   message bytes | distances, one byte each | how many distances (the low four bits)
///
/// The cuts stand behind, so that a seed reads as the message that it is.
struct CutMessage {
  std::string_view whole;
  std::vector<std::string_view> pieces;
};

inline CutMessage cut_message(std::string_view input) {
  if (input.empty()) return {input, {input}};
  const std::size_t wanted = static_cast<unsigned char>(input.back()) & 0x0fU;
  input.remove_suffix(1);
  const std::size_t count = std::min(wanted, input.size());
  const std::string_view distances = input.substr(input.size() - count);
  CutMessage message;
  message.whole = input.substr(0, input.size() - count);
  std::string_view rest = message.whole;
  for (const char distance : distances) {
    const std::string_view piece = rest.substr(0, static_cast<unsigned char>(distance));
    message.pieces.push_back(piece);
    rest.remove_prefix(piece.size());
  }
  message.pieces.push_back(rest);
  return message;
}

}  // namespace outhaul::fuzz
