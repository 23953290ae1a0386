#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ip_address.h"

namespace outhaul::testing {

/// Writes DNS messages byte by byte, correct or not, for tests. Names are never compressed.
class DnsMessage {
 public:
  enum class Section : std::uint8_t { answer, authority, additional };

  /// Header and question of a response.
  DnsMessage(std::uint16_t id, std::uint16_t flags, std::string_view name, std::uint16_t type) {
    for (const std::uint16_t value : {id, flags, one, none, none, none})
      number16(value);
    this->name(name);
    number16(type);
    number16(one);
  }

  DnsMessage& a(std::string_view owner, std::uint32_t ttl_s, const IpAddress& ip) {
    record(owner, ip.is_v4() ? 1 : 28, ttl_s, Section::answer);
    number16(ip.is_v4() ? 4 : 16);
    for (const std::byte part : ip.bytes())
      bytes_.push_back(std::to_integer<unsigned char>(part));
    return *this;
  }
  DnsMessage& cname(std::string_view owner, std::uint32_t ttl_s, std::string_view target) {
    record(owner, 5, ttl_s, Section::answer);
    number16(static_cast<std::uint16_t>(encoded_size(target)));
    name(target);
    return *this;
  }
  DnsMessage& srv(std::string_view owner, std::uint32_t ttl_s,
                  const std::array<std::uint16_t, 3>& priority_weight_port,
                  std::string_view target) {
    record(owner, 33, ttl_s, Section::answer);
    const std::size_t target_size = target.empty() ? 1 : encoded_size(target);
    number16(static_cast<std::uint16_t>(6 + target_size));
    for (const std::uint16_t value : priority_weight_port)
      number16(value);
    name(target);
    return *this;
  }
  DnsMessage& soa(std::string_view owner, std::uint32_t ttl_s, std::uint32_t minimum_s) {
    record(owner, 6, ttl_s, Section::authority);
    number16(static_cast<std::uint16_t>(2 + 5 * 4));
    bytes_.push_back(0);
    bytes_.push_back(0);
    for (const std::uint32_t value : {1U, 2U, 3U, 4U, minimum_s})
      number32(value);
    return *this;
  }

  std::vector<unsigned char>& bytes() { return bytes_; }

 private:
  static constexpr std::uint16_t one = 1;
  static constexpr std::uint16_t none = 0;

  static std::size_t encoded_size(std::string_view text) { return text.size() + 2; }

  void record(std::string_view owner, std::uint16_t type, std::uint32_t ttl_s, Section section) {
    const std::size_t count = 6 + 2 * static_cast<std::size_t>(section);
    if (++bytes_[count + 1] == 0) ++bytes_[count];
    name(owner);
    number16(type);
    number16(one);
    number32(ttl_s);
  }
  void name(std::string_view text) {
    while (!text.empty()) {
      const std::string_view label = text.substr(0, text.find('.'));
      bytes_.push_back(static_cast<unsigned char>(label.size()));
      bytes_.insert(bytes_.end(), label.begin(), label.end());
      text.remove_prefix(label.size() == text.size() ? label.size() : label.size() + 1);
    }
    bytes_.push_back(0);
  }
  void number16(std::uint16_t value) {
    bytes_.push_back(static_cast<unsigned char>(value >> 8));
    bytes_.push_back(static_cast<unsigned char>(value & 0xff));
  }
  void number32(std::uint32_t value) {
    number16(static_cast<std::uint16_t>(value >> 16));
    number16(static_cast<std::uint16_t>(value & 0xffff));
  }

  std::vector<unsigned char> bytes_;
};

}  // namespace outhaul::testing
