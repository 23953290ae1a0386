#include "common/http/fields.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <functional>
#include <limits>

#include "common/http/syntax.h"

namespace outhaul::http {
namespace {

// Values that an HPACK table must not remember (RFC 7541 section 7.1.3): an attacker who shares
// the connection could otherwise guess them by watching sizes.
constexpr std::array<std::string_view, 4> never_indexed_names = {
    "authorization", "cookie", "set-cookie", "proxy-authorization"};

bool is_never_indexed(std::string_view name) {
  return std::find(never_indexed_names.begin(), never_indexed_names.end(), name) !=
         never_indexed_names.end();
}

bool points_into(const std::string& text, std::string_view view) {
  const std::less<const char*> before;
  return !before(view.data(), text.data()) && before(view.data(), text.data() + text.size());
}

}  // namespace

void Fields::add(std::string_view name, std::string_view value) {
  if (points_into(text_, name) || points_into(text_, value)) {
    // Growing text_ would leave views of this very object dangling.
    const std::string name_copy(name);
    const std::string value_copy(value);
    return add(name_copy, value_copy);
  }
  if (entries_.empty()) {
    // Enough for an ordinary head, so that growing step by step does not cost ten allocations.
    constexpr std::size_t usual_text_bytes = 512;
    constexpr std::size_t usual_lines = 16;
    text_.reserve(usual_text_bytes);
    entries_.reserve(usual_lines);
  }
  const std::size_t name_offset = text_.size();
  const std::size_t value_offset = name_offset + name.size();
  assert(value_offset + value.size() <= std::numeric_limits<std::uint32_t>::max());
  text_.append(name).append(value);
  char* const stored = text_.data() + name_offset;
  std::transform(stored, stored + name.size(), stored, to_lower);
  const std::string_view stored_name(stored, name.size());
  entries_.push_back(Entry{.name_offset = static_cast<std::uint32_t>(name_offset),
                           .name_length = static_cast<std::uint32_t>(name.size()),
                           .value_offset = static_cast<std::uint32_t>(value_offset),
                           .value_length = static_cast<std::uint32_t>(value.size()),
                           .never_indexed = is_never_indexed(stored_name)});
}

void Fields::set(std::string_view name, std::string_view value) {
  remove(name);
  add(name, value);
}

std::size_t Fields::remove(std::string_view name) {
  return remove_if([name](const Field& field) { return field.name == name; });
}

std::optional<std::string_view> Fields::find(std::string_view name) const {
  for (const Field field : *this) {
    if (field.name == name) return field.value;
  }
  return std::nullopt;
}

std::size_t Fields::count(std::string_view name) const {
  std::size_t lines = 0;
  for (const Field field : *this)
    lines += field.name == name ? 1U : 0U;
  return lines;
}

Field Fields::operator[](std::size_t index) const {
  assert(index < entries_.size());
  const Entry& entry = entries_[index];
  return Field{.name = {text_.data() + entry.name_offset, entry.name_length},
               .value = {text_.data() + entry.value_offset, entry.value_length},
               .never_indexed = entry.never_indexed};
}

void Fields::clear() {
  text_.clear();
  entries_.clear();
}

std::size_t Fields::list_size() const {
  constexpr std::size_t overhead_per_line = 32;
  std::size_t bytes = 0;
  for (const Entry& entry : entries_) {
    bytes += std::size_t{entry.name_length} + entry.value_length + overhead_per_line;
  }
  return bytes;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return to_lower(x) == to_lower(y);
         });
}

}  // namespace outhaul::http
