#include <array>

#include "common/base/base64.h"
#include "common/base/structured_fields.h"
#include "common/base/utf8.h"

namespace outhaul::structured {
namespace {

constexpr std::int64_t decimal_maximum = 999'999'999'999'999;  // 12 digits and 3 of fraction

Error invalid(std::string_view rule) {
  return Error{ErrorKind::invalid, std::string("structured field: ").append(rule)};
}

/// The serialising algorithms of RFC 9651 section 4.1, one overload a type.
class Writer {
 public:
  std::string take() { return std::move(text_); }

  Result<void> write(const Item& item) {
    OUTHAUL_CHECK(std::visit([this](const auto& value) { return write_bare(value); }, item.value));
    return write(item.parameters);
  }

  Result<void> write(const InnerList& list) {
    text_.push_back('(');
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      if (i > 0) text_.push_back(' ');
      OUTHAUL_CHECK(write(list.items[i]));
    }
    text_.push_back(')');
    return write(list.parameters);
  }

  Result<void> write(const Member& member) {
    return std::visit([this](const auto& value) { return write(value); }, member);
  }

  Result<void> write(const Parameters& parameters) {
    for (const auto& [key, value] : parameters) {
      text_.push_back(';');
      OUTHAUL_CHECK(write_key(key));
      if (is_true(value)) continue;
      text_.push_back('=');
      OUTHAUL_CHECK(std::visit([this](const auto& bare) { return write_bare(bare); }, value));
    }
    return {};
  }

  Result<void> write(const List& list) {
    for (const Member& member : list) {
      write_separator();
      OUTHAUL_CHECK(write(member));
    }
    return {};
  }

  Result<void> write(const Dictionary& dictionary) {
    for (const auto& [key, member] : dictionary) {
      write_separator();
      OUTHAUL_CHECK(write_key(key));
      const Item* item = std::get_if<Item>(&member);
      if (item != nullptr && is_true(item->value)) {
        OUTHAUL_CHECK(write(item->parameters));
        continue;
      }
      text_.push_back('=');
      OUTHAUL_CHECK(write(member));
    }
    return {};
  }

 private:
  static bool is_true(const BareItem& value) {
    const bool* boolean = std::get_if<bool>(&value);
    return boolean != nullptr && *boolean;
  }

  void write_separator() {
    if (!text_.empty()) text_ += ", ";
  }

  Result<void> write_key(std::string_view key) {
    if (!is_key(key)) return invalid("a key is lower case and starts with a letter or *");
    text_ += key;
    return {};
  }

  Result<void> write_bare(std::int64_t value) {
    if (value > integer_maximum || value < -integer_maximum) {
      return invalid("an integer has at most 15 digits");
    }
    text_ += std::to_string(value);
    return {};
  }

  Result<void> write_bare(const Decimal& value) {
    if (value.thousandths > decimal_maximum || value.thousandths < -decimal_maximum) {
      return invalid("a decimal has at most 12 digits before the point");
    }
    const std::int64_t magnitude = value.thousandths < 0 ? -value.thousandths : value.thousandths;
    if (value.thousandths < 0) text_.push_back('-');
    text_ += std::to_string(magnitude / 1000);
    std::string fraction = std::to_string(1000 + magnitude % 1000).substr(1);
    while (fraction.size() > 1 && fraction.back() == '0')
      fraction.pop_back();
    text_.append(".").append(fraction);
    return {};
  }

  Result<void> write_bare(const std::string& value) {
    text_.push_back('"');
    for (char c : value) {
      if (c < 0x20 || c > 0x7e) return invalid("a string holds only printable ASCII");
      if (c == '"' || c == '\\') text_.push_back('\\');
      text_.push_back(c);
    }
    text_.push_back('"');
    return {};
  }

  Result<void> write_bare(const Token& value) {
    if (!is_token(value.text)) return invalid("not a token");
    text_ += value.text;
    return {};
  }

  Result<void> write_bare(const ByteSequence& value) {
    text_.append(":").append(base64_encode(value.bytes)).append(":");
    return {};
  }

  Result<void> write_bare(bool value) {
    text_ += value ? "?1" : "?0";
    return {};
  }

  Result<void> write_bare(const Date& value) {
    text_.push_back('@');
    return write_bare(value.seconds);
  }

  Result<void> write_bare(const DisplayString& value) {
    static constexpr std::string_view digits = "0123456789abcdef";
    if (!is_utf8(value.text)) return invalid("a display string is not UTF-8");
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
    return {};
  }

  std::string text_;
};

template <typename Value>
Result<std::string> serialize_value(const Value& value) {
  Writer writer;
  OUTHAUL_CHECK(writer.write(value));
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
