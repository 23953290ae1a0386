#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "common/base/memory_pool.h"
#include "common/http/field_text.h"

namespace outhaul::http {

/// What a relay wants to know about a field line, as a set of bits. Found out once, when the line
/// is added, and kept for the whole head as well: "is there any such line?" is one comparison,
/// where each rule used to go through all lines with string comparisons (9 of 62 thousand
/// instructions of a small request).
using FieldTraits = std::uint8_t;
namespace field_traits {
/// The name is no token, or the value has a control character or outer whitespace.
inline constexpr FieldTraits malformed = 1;
/// Never put into an HPACK table (RFC 7541 section 7.1).
inline constexpr FieldTraits never_indexed = 2;
/// Connection-specific in HTTP/2 (RFC 9113 section 8.2.2), `te` too.
inline constexpr FieldTraits hop_by_hop = 4;
/// host, content-length, te, expect: what a request must be careful with.
inline constexpr FieldTraits restricted = 8;
/// Begins with "tunnel-".
inline constexpr FieldTraits tunnel = 16;
/// via, proxy-status, cookie: lists that a relay adds to or joins.
inline constexpr FieldTraits merged = 32;
}  // namespace field_traits

/// One field line, as views into the Fields that holds it.
struct Field {
  std::string_view name;
  std::string_view value;
  FieldTraits traits = 0;

  bool has(FieldTraits any) const { return (traits & any) != 0; }
};

/// Header or trailer fields in the order in which they came (RFC 9110 section 5), without
/// pseudo-fields. Names are stored in lower case. All text lives in one buffer, so that a head
/// costs two allocations however many fields it has, both from the memory pool; views stay valid
/// until the next change.
class Fields {
 public:
  /// Appends a field line; `name` is lower-cased. False: the line is malformed as the trait says.
  /// It is there nevertheless.
  bool add(std::string_view name, std::string_view value);
  /// The same for a line of which somebody else has seen that it is well-formed and its name in
  /// lower case: nghttp2 has, and a second look cost 1 600 of 43 000 instructions of a small
  /// request. Neither view may point into this object.
  void add_checked(std::string_view name, std::string_view value);
  /// Removes every line of that name (lower case), then appends one.
  void set(std::string_view name, std::string_view value);
  /// Removes every line of that name (lower case) and says how many there were.
  std::size_t remove(std::string_view name);
  /// Removes every line for which `predicate(const Field&)` is true; returns the number.
  template <typename Predicate>
  std::size_t remove_if(Predicate predicate) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (predicate((*this)[i])) continue;
      if (kept != i) entries_[kept] = entries_[i];
      ++kept;
    }
    const std::size_t removed = entries_.size() - kept;
    entries_.resize(kept);
    return removed;
  }

  /// The first line of that name (lower case).
  std::optional<std::string_view> find(std::string_view name) const;
  /// How many lines of that name (lower case) there are.
  std::size_t count(std::string_view name) const;
  bool contains(std::string_view name) const { return find(name).has_value(); }

  /// Whether a line with one of these traits is there, or was until it was removed.
  bool may_have(FieldTraits any) const { return (traits_ & any) != 0; }

  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  Field operator[](std::size_t index) const {
    assert(index < entries_.size());
    return field(entries_[index]);
  }
  void clear();

  /// Sum of name and value lengths plus 32 a line: the measure of RFC 9113 section 6.5.2.
  std::size_t list_size() const;
  /// Bounds, in bytes, of every name and of every name and value together.
  std::size_t longest_name() const { return longest_name_; }
  std::size_t longest_line() const { return longest_line_; }

 private:
  struct Entry {
    std::uint32_t offset;  // of the name; the value follows it
    std::uint32_t name_length;
    std::uint32_t value_length;
    FieldTraits traits;
  };
  using Entries = std::vector<Entry, PoolAllocator<Entry>>;

  void begin_lines();
  void note(std::size_t offset, std::string_view name, std::size_t value_length,
            FieldTraits traits);

  Field field(const Entry& entry) const {
    const char* const name = text_.data() + entry.offset;
    return {.name = {name, entry.name_length},
            .value = {name + entry.name_length, entry.value_length},
            .traits = entry.traits};
  }

 public:
  class Iterator {
   public:
    using value_type = Field;
    using difference_type = std::ptrdiff_t;
    Iterator(const Fields& fields, const Entry* entry) : fields_(&fields), entry_(entry) {}
    Field operator*() const { return fields_->field(*entry_); }
    Iterator& operator++() {
      ++entry_;
      return *this;
    }
    bool operator==(const Iterator& other) const { return entry_ == other.entry_; }

   private:
    const Fields* fields_;
    const Entry* entry_;
  };
  Iterator begin() const { return {*this, entries_.data()}; }
  Iterator end() const { return {*this, entries_.data() + entries_.size()}; }

 private:
  FieldText text_;
  Entries entries_;
  std::size_t longest_name_ = 0;
  std::size_t longest_line_ = 0;
  FieldTraits traits_ = 0;
};

/// ASCII case-insensitive equality, as field names and most tokens compare.
bool equals_ignoring_case(std::string_view a, std::string_view b);

}  // namespace outhaul::http
