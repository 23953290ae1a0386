#include <array>

#include "common/base/base64.h"
#include "common/base/structured_fields.h"
#include "common/base/utf8.h"

namespace outhaul::structured {
namespace {

constexpr std::int64_t decimal_maximum = 999'999'999'999'999;  // 12 digits and 3 of fraction

/// The serialising algorithms of RFC 9651 section 4.1, one overload a type. The first broken rule
/// is kept and decides the result.
class Writer {
 public:
  Result<std::string> take() {
    if (!broken_rule_.empty()) {
      return Error{ErrorKind::invalid, std::string("structured field: ").append(broken_rule_)};
    }
    return std::move(text_);
  }

  void write(const Item& item) {
    std::visit([this](const auto& value) { write_bare(value); }, item.value);
    write(item.parameters);
  }

  void write(const InnerList& list) {
    text_.push_back('(');
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      if (i > 0) text_.push_back(' ');
      write(list.items[i]);
    }
    text_.push_back(')');
    write(list.parameters);
  }

  void write(const Member& member) {
    std::visit([this](const auto& value) { write(value); }, member);
  }

  void write(const Parameters& parameters) {
    for (const auto& [key, value] : parameters) {
      text_.push_back(';');
      write_key(key);
      if (is_true(value)) continue;
      text_.push_back('=');
      std::visit([this](const auto& bare) { write_bare(bare); }, value);
    }
  }

  void write(const List& list) {
    for (const Member& member : list) {
      write_separator();
      write(member);
    }
  }

  void write(const Dictionary& dictionary) {
    for (const auto& [key, member] : dictionary) {
      write_separator();
      write_key(key);
      const Item* item = std::get_if<Item>(&member);
      if (item != nullptr && is_true(item->value)) {
        write(item->parameters);
        continue;
      }
      text_.push_back('=');
      write(member);
    }
  }

 private:
  static bool is_true(const BareItem& value) {
    const bool* boolean = std::get_if<bool>(&value);
    return boolean != nullptr && *boolean;
  }

  void fail(std::string_view rule) {
    if (broken_rule_.empty()) broken_rule_ = rule;
  }

  void write_separator() {
    if (!text_.empty()) text_ += ", ";
  }

  void write_key(std::string_view key) {
    if (!is_key(key)) return fail("a key is lower case and starts with a letter or *");
    text_ += key;
  }

  void write_bare(std::int64_t value) {
    if (value > integer_maximum || value < -integer_maximum) {
      return fail("an integer has at most 15 digits");
    }
    text_ += std::to_string(value);
  }

  void write_bare(const Decimal& value) {
    if (value.thousandths > decimal_maximum || value.thousandths < -decimal_maximum) {
      return fail("a decimal has at most 12 digits before the point");
    }
    const std::int64_t magnitude = value.thousandths < 0 ? -value.thousandths : value.thousandths;
    if (value.thousandths < 0) text_.push_back('-');
    text_ += std::to_string(magnitude / 1000);
    std::string fraction = std::to_string(1000 + magnitude % 1000).substr(1);
    while (fraction.size() > 1 && fraction.back() == '0')
      fraction.pop_back();
    text_.append(".").append(fraction);
  }

  void write_bare(const std::string& value) {
    text_.push_back('"');
    for (char c : value) {
      if (c < 0x20 || c > 0x7e) return fail("a string holds only printable ASCII");
      if (c == '"' || c == '\\') text_.push_back('\\');
      text_.push_back(c);
    }
    text_.push_back('"');
  }

  void write_bare(const Token& value) {
    if (!is_token(value.text)) return fail("not a token");
    text_ += value.text;
  }

  void write_bare(const ByteSequence& value) {
    text_.append(":").append(base64_encode(value.bytes)).append(":");
  }

  void write_bare(bool value) { text_ += value ? "?1" : "?0"; }

  void write_bare(const Date& value) {
    text_.push_back('@');
    write_bare(value.seconds);
  }

  void write_bare(const DisplayString& value) {
    static constexpr std::string_view digits = "0123456789abcdef";
    if (!is_utf8(value.text)) return fail("a display string is not UTF-8");
    text_ += "%\"";
    for (char c : value.text) {
      if (c >= 0x20 && c <= 0x7e && c != '%' && c != '"') {
        text_.push_back(c);
        continue;
      }
      const auto byte = static_cast<unsigned char>(c);
      text_.push_back('%');
      text_.push_back(digits[byte >> 4]);
      text_.push_back(digits[byte & 0x0f]);
    }
    text_.push_back('"');
  }

  std::string text_;
  std::string_view broken_rule_;
};

template <typename Value>
Result<std::string> serialize_value(const Value& value) {
  Writer writer;
  writer.write(value);
  return writer.take();
}

}  // namespace

Result<std::string> serialize(const Item& item) {
  return serialize_value(item);
}
Result<std::string> serialize(const List& list) {
  return serialize_value(list);
}
Result<std::string> serialize(const Dictionary& dictionary) {
  return serialize_value(dictionary);
}

}  // namespace outhaul::structured
