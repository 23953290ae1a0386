#include "common/base/structured_fields.h"

#include <algorithm>

#include "common/base/base64.h"
#include "common/base/bytes.h"
#include "common/base/hex.h"
#include "common/base/utf8.h"

namespace outhaul::structured {
namespace {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
constexpr bool is_alpha(char c) {
  return is_lower(c) || (c >= 'A' && c <= 'Z');
}
constexpr bool is_key_start(char c) {
  return is_lower(c) || c == '*';
}
constexpr bool is_key_rest(char c) {
  return is_lower(c) || is_digit(c) || c == '_' || c == '-' || c == '.' || c == '*';
}
constexpr bool is_token_start(char c) {
  return is_alpha(c) || c == '*';
}
constexpr bool is_token_rest(char c) {
  return is_alpha(c) || is_digit(c) ||
         std::string_view("!#$%&'*+-.^_`|~:/").find(c) != std::string_view::npos;
}

/// The parsing algorithms of RFC 9651 section 4.2, one function each, over one cursor.
class Parser {
 public:
  Parser(std::string_view text, DuplicateKeys duplicates) : text_(text), duplicates_(duplicates) {}

  Result<Dictionary> dictionary() {
    Dictionary result;
    skip_spaces();
    while (!at_end()) {
      OUTHAUL_TRY(name, key());
      OUTHAUL_CHECK(check_new(result, name));
      OUTHAUL_TRY(value, dictionary_value());
      result.set(name, std::move(value));
      OUTHAUL_CHECK(member_end());
    }
    return result;
  }

  Result<List> list() {
    List result;
    skip_spaces();
    while (!at_end()) {
      OUTHAUL_TRY(value, member());
      result.push_back(std::move(value));
      OUTHAUL_CHECK(member_end());
    }
    return result;
  }

  Result<Item> whole_item() {
    skip_spaces();
    OUTHAUL_TRY(result, item());
    skip_spaces();
    if (!at_end()) return fail("something follows the item");
    return result;
  }

 private:
  bool at_end() const { return position_ == text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[position_]; }
  bool take(char expected) {
    if (at_end() || text_[position_] != expected) return false;
    ++position_;
    return true;
  }
  void skip_spaces() {
    while (take(' ')) {
    }
  }
  void skip_optional_whitespace() {
    while (take(' ') || take('\t')) {
    }
  }
  Error fail(std::string_view rule) const {
    return Error{ErrorKind::invalid, std::string("structured field: ")
                                         .append(rule)
                                         .append(" (at byte ")
                                         .append(std::to_string(position_))
                                         .append(")")};
  }

  template <typename Map>
  Result<void> check_new(const Map& map, std::string_view name) const {
    if (duplicates_ == DuplicateKeys::take_last || map.find(name) == nullptr) return {};
    return fail(std::string("key \"").append(name).append("\" appears twice"));
  }

  /// The end of the field, or a comma with another member after it.
  Result<void> member_end() {
    skip_optional_whitespace();
    if (at_end()) return {};
    if (!take(',')) return fail("a comma must stand between members");
    skip_optional_whitespace();
    if (at_end()) return fail("the last comma has nothing after it");
    return {};
  }

  Result<Member> dictionary_value() {
    if (take('=')) return member();
    OUTHAUL_TRY(with, parameters());
    return Member(Item{true, std::move(with)});
  }

  Result<Member> member() {
    if (peek() == '(') {
      OUTHAUL_TRY(inner, inner_list());
      return Member(std::move(inner));
    }
    OUTHAUL_TRY(single, item());
    return Member(std::move(single));
  }

  Result<InnerList> inner_list() {
    InnerList result;
    take('(');
    while (!at_end()) {
      skip_spaces();
      if (take(')')) {
        OUTHAUL_TRY(with, parameters());
        result.parameters = std::move(with);
        return result;
      }
      OUTHAUL_TRY(element, item());
      result.items.push_back(std::move(element));
      if (peek() != ' ' && peek() != ')') break;
    }
    return fail("an inner list needs spaces between its items and a closing parenthesis");
  }

  Result<Item> item() {
    OUTHAUL_TRY(value, bare_item());
    OUTHAUL_TRY(with, parameters());
    return Item{std::move(value), std::move(with)};
  }

  Result<Parameters> parameters() {
    Parameters result;
    while (take(';')) {
      skip_spaces();
      OUTHAUL_TRY(name, key());
      OUTHAUL_CHECK(check_new(result, name));
      BareItem value = true;
      if (take('=')) {
        OUTHAUL_TRY(given, bare_item());
        value = std::move(given);
      }
      result.set(name, std::move(value));
    }
    return result;
  }

  Result<std::string> key() {
    if (!is_key_start(peek())) return fail("a key starts with a lower-case letter or *");
    const std::size_t start = position_;
    while (!at_end() && is_key_rest(peek()))
      ++position_;
    return std::string(text_.substr(start, position_ - start));
  }

  Result<BareItem> bare_item() {
    const char first = peek();
    if (first == '-' || is_digit(first)) return number();
    if (first == '"') return string();
    if (first == ':') return byte_sequence();
    if (first == '?') return boolean();
    if (first == '@') return date();
    if (first == '%') return display_string();
    if (is_token_start(first)) return token();
    return fail("no item starts with this character");
  }

  Result<BareItem> number() {
    const bool negative = take('-');
    if (!is_digit(peek())) return fail("a number needs a digit");
    std::int64_t value = 0;
    std::size_t digits = 0;
    for (; is_digit(peek()); ++position_) {
      if (++digits > 15) return fail("a number has at most 15 digits");
      value = value * 10 + (peek() - '0');
    }
    if (!take('.')) return BareItem(negative ? -value : value);
    if (digits > 12) return fail("a decimal has at most 12 digits before the point");
    std::size_t fraction_digits = 0;
    for (; is_digit(peek()); ++position_) {
      if (++fraction_digits > 3) return fail("a decimal has at most 3 digits after the point");
      value = value * 10 + (peek() - '0');
    }
    if (fraction_digits == 0) return fail("a decimal needs a digit after the point");
    for (; fraction_digits < 3; ++fraction_digits)
      value *= 10;
    return BareItem(Decimal{negative ? -value : value});
  }

  Result<BareItem> string() {
    take('"');
    std::string value;
    while (!at_end()) {
      char c = text_[position_++];
      if (c == '"') return BareItem(std::move(value));
      if (c == '\\') {
        c = peek();
        if (c != '"' && c != '\\') return fail("a backslash escapes only \" and \\");
        ++position_;
      } else if (c < 0x20 || c > 0x7e) {
        return fail("a string holds only printable ASCII");
      }
      value.push_back(c);
    }
    return fail("a string has no closing quote");
  }

  Result<BareItem> token() {
    const std::size_t start = position_;
    while (!at_end() && is_token_rest(peek()))
      ++position_;
    return BareItem(Token{std::string(text_.substr(start, position_ - start))});
  }

  Result<BareItem> byte_sequence() {
    take(':');
    const std::size_t end = text_.find(':', position_);
    if (end == std::string_view::npos) return fail("a byte sequence has no closing colon");
    auto bytes = base64_decode(text_.substr(position_, end - position_));
    if (!bytes) return fail(bytes.error().message);
    position_ = end + 1;
    return BareItem(ByteSequence{std::move(*bytes)});
  }

  Result<BareItem> boolean() {
    take('?');
    if (take('1')) return BareItem(true);
    if (take('0')) return BareItem(false);
    return fail("a boolean is ?0 or ?1");
  }

  Result<BareItem> date() {
    take('@');
    OUTHAUL_TRY(seconds, number());
    const auto* whole = std::get_if<std::int64_t>(&seconds);
    if (whole == nullptr) return fail("a date is a whole number of seconds");
    return BareItem(Date{*whole});
  }

  Result<BareItem> display_string() {
    take('%');
    if (!take('"')) return fail("a display string starts with %\"");
    std::string value;
    while (!at_end()) {
      char c = text_[position_++];
      if (c < 0x20 || c > 0x7e) return fail("a display string holds only printable ASCII");
      if (c == '"') {
        if (!is_utf8(value)) return fail("a display string is not UTF-8");
        return BareItem(DisplayString{std::move(value)});
      }
      if (c == '%') {
        OUTHAUL_TRY(escaped, percent_escape());
        c = escaped;
      }
      value.push_back(c);
    }
    return fail("a display string has no closing quote");
  }

  Result<char> percent_escape() {
    const std::string_view digits = text_.substr(position_, 2);
    const bool lower = std::all_of(digits.begin(), digits.end(),
                                   [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
    if (digits.size() < 2 || !lower) return fail("% needs two lower-case hexadecimal digits");
    position_ += 2;
    return static_cast<char>(hex_digit_value(digits[0]) * 16 + hex_digit_value(digits[1]));
  }

  std::string_view text_;
  DuplicateKeys duplicates_;
  std::size_t position_ = 0;
};

}  // namespace

std::string join_lines(std::span<const std::string_view> lines) {
  std::string joined;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) joined += ", ";
    joined += lines[i];
  }
  return joined;
}

Result<Dictionary> parse_dictionary(std::string_view field_value, DuplicateKeys duplicates) {
  return Parser(field_value, duplicates).dictionary();
}
Result<List> parse_list(std::string_view field_value, DuplicateKeys duplicates) {
  return Parser(field_value, duplicates).list();
}
Result<Item> parse_item(std::string_view field_value, DuplicateKeys duplicates) {
  return Parser(field_value, duplicates).whole_item();
}

bool is_token(std::string_view text) {
  return !text.empty() && is_token_start(text.front()) &&
         std::all_of(text.begin(), text.end(), is_token_rest);
}

bool is_key(std::string_view text) {
  return !text.empty() && is_key_start(text.front()) &&
         std::all_of(text.begin(), text.end(), is_key_rest);
}

}  // namespace outhaul::structured
