#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/result.h"

/// Structured Field Values for HTTP (RFC 9651): parser and serialiser, both strict.
///
///   OUTHAUL_TRY(fields, structured::parse_dictionary(value, DuplicateKeys::refuse));
///   if (const auto* member = fields.find("port")) { ... structured::as<std::int64_t>(*member) ...
///   }
///
/// Where the RFC lets a parser be lenient (base64 without padding or with stray bits), this one
/// is not.
namespace outhaul::structured {

/// A token keeps its spelling, without quotes.
struct Token {
  std::string text;
  friend bool operator==(const Token&, const Token&) = default;
};

/// Exact: 12 digits before the point, 3 after it.
struct Decimal {
  std::int64_t thousandths = 0;
  friend bool operator==(const Decimal&, const Decimal&) = default;
};

struct ByteSequence {
  std::vector<std::byte> bytes;
  friend bool operator==(const ByteSequence&, const ByteSequence&) = default;
};

/// Seconds since 1970-01-01T00:00:00Z.
struct Date {
  std::int64_t seconds = 0;
  friend bool operator==(const Date&, const Date&) = default;
};

/// UTF-8.
struct DisplayString {
  std::string text;
  friend bool operator==(const DisplayString&, const DisplayString&) = default;
};

/// std::int64_t: an Integer, at most 15 digits. std::string: a String, printable ASCII.
using BareItem = std::variant<std::int64_t, Decimal, std::string, Token, ByteSequence, bool, Date,
                              DisplayString>;

/// Key and value pairs in the order of the field; keys are unique.
template <typename Value>
class OrderedMap {
 public:
  using Entry = std::pair<std::string, Value>;

  /// The value of `key`, or null. Valid until the next change.
  const Value* find(std::string_view key) const {
    for (const Entry& entry : entries_) {
      if (entry.first == key) return &entry.second;
    }
    return nullptr;
  }
  /// Replaces in place, or appends.
  void set(std::string_view key, Value value) {
    for (Entry& entry : entries_) {
      if (entry.first == key) {
        entry.second = std::move(value);
        return;
      }
    }
    entries_.emplace_back(std::string(key), std::move(value));
  }
  /// Says whether there was one.
  bool remove(std::string_view key) {
    return std::erase_if(entries_, [&](const Entry& entry) { return entry.first == key; }) > 0;
  }

  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

  friend bool operator==(const OrderedMap&, const OrderedMap&) = default;

 private:
  std::vector<Entry> entries_;
};

using Parameters = OrderedMap<BareItem>;

struct Item {
  BareItem value;
  Parameters parameters;
  friend bool operator==(const Item&, const Item&) = default;
};

struct InnerList {
  std::vector<Item> items;
  Parameters parameters;
  friend bool operator==(const InnerList&, const InnerList&) = default;
};

using Member = std::variant<Item, InnerList>;
using List = std::vector<Member>;
using Dictionary = OrderedMap<Member>;

/// The value of an item if it has exactly the type T, else null.
template <typename T>
const T* as(const Item& item) {
  return std::get_if<T>(&item.value);
}
template <typename T>
const T* as(const Member& member) {
  const Item* item = std::get_if<Item>(&member);
  return item == nullptr ? nullptr : as<T>(*item);
}

/// RFC 9651 takes the last of two equal keys, of a dictionary or of parameters. Where two readers
/// could disagree about it, refuse.
enum class DuplicateKeys : std::uint8_t { take_last, refuse };

/// Several lines of one field as one value (RFC 9651 section 4.2, step 2 of the preamble).
std::string join_lines(std::span<const std::string_view> lines);

/// Error kind `invalid`; the message has the rule and the byte offset, never the input.
Result<Dictionary> parse_dictionary(std::string_view field_value,
                                    DuplicateKeys duplicates = DuplicateKeys::take_last);
Result<List> parse_list(std::string_view field_value,
                        DuplicateKeys duplicates = DuplicateKeys::take_last);
Result<Item> parse_item(std::string_view field_value,
                        DuplicateKeys duplicates = DuplicateKeys::take_last);

/// The canonical text. Error kind `invalid` for what the RFC cannot express: a number out of
/// range, a String with a non-ASCII or control character, a malformed Token or key, a
/// DisplayString that is not UTF-8.
Result<std::string> serialize(const Item& item);
Result<std::string> serialize(const List& list);
Result<std::string> serialize(const Dictionary& dictionary);

/// Grammar of tokens and keys, for callers that take such text from configuration.
bool is_token(std::string_view text);
bool is_key(std::string_view text);

inline constexpr std::int64_t integer_maximum = 999'999'999'999'999;

}  // namespace outhaul::structured
