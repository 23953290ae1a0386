#include "common/http/fields.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <functional>
#include <limits>
#include <string>

#include "common/http/syntax.h"

namespace outhaul::http {
namespace {

bool points_into(const FieldText& text, std::string_view view) {
  const std::less<const char*> before;
  return !before(view.data(), text.data()) && before(view.data(), text.data() + text.size());
}

/// For a name of just as many characters: one or two comparisons of words, no call.
template <std::size_t size>
bool is(std::string_view name, const char (&literal)[size]) {
  return std::memcmp(name.data(), literal, size - 1) == 0;
}

/// What the name alone says. By length first: most names are settled by that.
FieldTraits traits_of_name(std::string_view name) {
  using namespace field_traits;
  constexpr std::string_view tunnel_prefix = "tunnel-";
  if (name.size() >= tunnel_prefix.size() && is(name, "tunnel-")) return tunnel;
  switch (name.size()) {
    case 2:
      return is(name, "te") ? hop_by_hop | restricted : 0;
    case 3:
      return is(name, "via") ? merged : 0;
    case 4:
      return is(name, "host") ? restricted : 0;
    case 6:
      if (is(name, "cookie")) return never_indexed | merged;
      return is(name, "expect") ? restricted : 0;
    case 7:
      return is(name, "upgrade") ? hop_by_hop : 0;
    case 10:
      if (is(name, "set-cookie")) return never_indexed;
      return is(name, "connection") || is(name, "keep-alive") ? hop_by_hop : 0;
    case 12:
      return is(name, "proxy-status") ? merged : 0;
    case 13:
      return is(name, "authorization") ? never_indexed : 0;
    case 14:
      if (is(name, "content-length")) return restricted;
      return is(name, "http2-settings") ? hop_by_hop : 0;
    case 16:
      return is(name, "proxy-connection") ? hop_by_hop : 0;
    case 17:
      return is(name, "transfer-encoding") ? hop_by_hop : 0;
    case 19:
      return is(name, "proxy-authorization") ? never_indexed : 0;
    default:
      return 0;
  }
}

}  // namespace

bool Fields::add(std::string_view name, std::string_view value) {
  if (points_into(text_, name) || points_into(text_, value)) {
    // Growing text_ would leave views of this very object dangling.
    const std::string name_copy(name);
    const std::string value_copy(value);
    return add(name_copy, value_copy);
  }
  if (entries_.empty()) begin_lines();
  const std::size_t offset = text_.size();
  char* const stored = text_.extend(name.size() + value.size());
  const bool named = copy_name(name, stored);
  const bool valued = copy_value(value, stored + name.size());
  const FieldTraits malformed = named && valued ? FieldTraits{0} : field_traits::malformed;
  note(offset, {stored, name.size()}, value.size(), malformed);
  return malformed == 0;
}

void Fields::add_checked(std::string_view name, std::string_view value) {
  if (entries_.empty()) begin_lines();
  const std::size_t offset = text_.size();
  char* const stored = text_.extend(name.size() + value.size());
  std::copy(name.begin(), name.end(), stored);
  std::copy(value.begin(), value.end(), stored + name.size());
  note(offset, name, value.size(), 0);
}

void Fields::begin_lines() {
  // Enough for an ordinary head, so that growing step by step does not cost ten allocations.
  constexpr std::size_t usual_text_bytes = 512;
  constexpr std::size_t usual_lines = 16;
  text_.clear();
  text_.reserve(usual_text_bytes);
  entries_.reserve(usual_lines);
}

void Fields::note(std::size_t offset, std::string_view name, std::size_t value_length,
                  FieldTraits traits) {
  assert(text_.size() <= std::numeric_limits<std::uint32_t>::max());
  traits |= traits_of_name(name);
  entries_.push_back(Entry{.offset = static_cast<std::uint32_t>(offset),
                           .name_length = static_cast<std::uint32_t>(name.size()),
                           .value_length = static_cast<std::uint32_t>(value_length),
                           .traits = traits});
  traits_ |= traits;
  longest_name_ = std::max(longest_name_, name.size());
  longest_line_ = std::max(longest_line_, name.size() + value_length);
}

void Fields::set(std::string_view name, std::string_view value) {
  remove(name);
  add(name, value);
}

std::size_t Fields::remove(std::string_view name) {
  if (!contains(name)) return 0;
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

void Fields::clear() {
  entries_.clear();
  longest_name_ = longest_line_ = 0;
  traits_ = 0;
}

std::size_t Fields::list_size() const {
  constexpr std::size_t overhead_per_line = 32;
  std::size_t bytes = overhead_per_line * entries_.size();
  for (const Entry& entry : entries_)
    bytes += std::size_t{entry.name_length} + entry.value_length;
  return bytes;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  if (a == b) return true;  // as nearly all that are equal are
  return std::equal(a.begin(), a.end(), b.begin(),
                    [](char x, char y) { return to_lower(x) == to_lower(y); });
}

}  // namespace outhaul::http
