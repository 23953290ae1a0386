#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace outhaul::options {

/// Least number of letters to insert, remove, replace or swap with their neighbour to make one text
/// from the other. Quadratic: for words, not for documents.
std::size_t edit_distance(std::string_view left, std::string_view right);

/// The candidate that a mistyped word most likely means: the nearest within a third of its
/// letters, or one that starts with the word. None when nothing is near.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace outhaul::options
