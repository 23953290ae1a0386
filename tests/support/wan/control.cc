#include "tests/support/wan/control.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

namespace outhaul::wan {
namespace {

std::string error(std::string_view what) {
  return "{\"error\": \"" + std::string(what) + "\"}";
}

std::chrono::nanoseconds milliseconds(double value) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(value * 1e6));
}

bool is_probability(double value) {
  return value <= 1;
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

bool change(Conditions& conditions, std::string_view name, double value) {
  constexpr double largest = 1e12;
  if (value > largest) return false;
  if (name == "delay_ms") {
    conditions.delay = milliseconds(value);
  } else if (name == "jitter_ms") {
    conditions.jitter = milliseconds(value);
  } else if (name == "loss" && is_probability(value)) {
    conditions.loss = value;
  } else if (name == "duplicate" && is_probability(value)) {
    conditions.duplicate = value;
  } else if (name == "reorder" && is_probability(value)) {
    conditions.reorder = value;
  } else if (name == "rate_mbit") {
    conditions.rate = value * 1e6;
  } else if (name == "queue_kib") {
    conditions.queue = static_cast<std::size_t>(value * 1024);
  } else if (name == "mtu_hole") {
    conditions.mtu_hole = static_cast<std::size_t>(value);
  } else if (name == "black_hole") {
    conditions.black_hole = value > 0;
  } else {
    return false;
  }
  return true;
}

std::string set(std::istringstream& words, Links links) {
  std::string direction;
  words >> direction;
  std::vector<Link*> chosen;
  if (direction == "a_to_b" || direction == "both") chosen.push_back(&links.a_to_b);
  if (direction == "b_to_a" || direction == "both") chosen.push_back(&links.b_to_a);
  if (chosen.empty()) return error("the direction is a_to_b, b_to_a or both");
  std::vector<Conditions> changed;
  for (Link* link : chosen)
    changed.push_back(link->conditions());
  std::string word;
  while (words >> word) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) return error("not NAME=VALUE: " + word);
    const std::optional<double> value = number(std::string_view(word).substr(equals + 1));
    for (Conditions& conditions : changed) {
      if (!value || !change(conditions, word.substr(0, equals), *value)) {
        return error("no such condition, or not a value for it: " + word);
      }
    }
  }
  for (std::size_t i = 0; i < chosen.size(); ++i)
    chosen[i]->conditions() = changed[i];
  return "{}";
}

void print(std::ostringstream& out, std::string_view name, const Link& link) {
  const Counters& all = link.counters();
  const std::array<std::pair<std::string_view, std::uint64_t>, 12> values{{
      {"read", all.read},
      {"bytes_read", all.bytes_read},
      {"delivered", all.delivered},
      {"bytes_delivered", all.bytes_delivered},
      {"lost", all.lost},
      {"queue_full", all.queue_full},
      {"black_hole", all.black_hole},
      {"too_large", all.too_large},
      {"duplicated", all.duplicated},
      {"reordered", all.reordered},
      {"refused", all.refused},
      {"waiting", link.waiting()},
  }};
  out << '"' << name << "\": {";
  std::string_view separator;
  for (const auto& [key, value] : values) {
    out << separator << '"' << key << "\": " << value;
    separator = ", ";
  }
  out << '}';
}

std::string counters(Links links) {
  std::ostringstream out;
  out << '{';
  print(out, "a_to_b", links.a_to_b);
  out << ", ";
  print(out, "b_to_a", links.b_to_a);
  out << '}';
  return out.str();
}

}  // namespace

std::string obey(std::string_view line, Links links) {
  std::istringstream words{std::string(line)};
  std::string command;
  words >> command;
  if (command == "set") return set(words, links);
  if (command == "counters") return counters(links);
  return error("the commands are set and counters");
}

}  // namespace outhaul::wan
