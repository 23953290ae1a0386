#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outhaul::http {

/// One field line, as views into the Fields that holds it.
struct Field {
  std::string_view name;
  std::string_view value;
  /// Never put into an HPACK table (authorization, cookie, set-cookie; RFC 7541 section 7.1).
  bool never_indexed = false;
};

/// Header or trailer fields in the order in which they came (RFC 9110 section 5), without
/// pseudo-fields. Names are stored in lower case. All text lives in one buffer, so that a head
/// costs two allocations however many fields it has; views stay valid until the next change.
class Fields {
 public:
  /// Appends a field line. `name` is lower-cased; the caller has checked both parts.
  void add(std::string_view name, std::string_view value);
  /// Removes every line of that name (lower case), then appends one.
  void set(std::string_view name, std::string_view value);
  /// Removes every line of that name (lower case) and says how many there were.
  std::size_t remove(std::string_view name);
  /// Removes every line for which `predicate(const Field&)` is true; returns the number.
  template <typename Predicate>
  std::size_t remove_if(Predicate predicate) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (!predicate((*this)[i])) entries_[kept++] = entries_[i];
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

  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  Field operator[](std::size_t index) const;
  void clear();

  /// Sum of name and value lengths plus 32 a line: the measure of RFC 9113 section 6.5.2.
  std::size_t list_size() const;

  class Iterator {
   public:
    using value_type = Field;
    using difference_type = std::ptrdiff_t;
    Iterator(const Fields& fields, std::size_t index) : fields_(&fields), index_(index) {}
    Field operator*() const { return (*fields_)[index_]; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    bool operator==(const Iterator& other) const { return index_ == other.index_; }

   private:
    const Fields* fields_;
    std::size_t index_;
  };
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, entries_.size()}; }

 private:
  struct Entry {
    std::uint32_t name_offset;
    std::uint32_t name_length;
    std::uint32_t value_offset;
    std::uint32_t value_length;
    bool never_indexed;
  };
  std::string text_;
  std::vector<Entry> entries_;
};

/// ASCII case-insensitive equality, as field names and most tokens compare.
bool equals_ignoring_case(std::string_view a, std::string_view b);

}  // namespace outhaul::http
