#include "edge/directory/model.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <string>

#include "common/base/utf8.h"

namespace outhaul::edge {
namespace {

constexpr std::size_t kMaxNameBytes = 128;

Error bad_name(std::string_view rule) {
  return {ErrorKind::invalid, "name: " + std::string(rule)};
}

}  // namespace

Timestamp now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::string to_rfc3339(Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 48> text{};
  const int size = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
      static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
      static_cast<int>(clock.subseconds().count()));
  return {text.data(), static_cast<std::size_t>(size)};
}

std::optional<ServiceType> service_type_from(std::string_view text) {
  for (const ServiceType type : {ServiceType::http, ServiceType::tcp}) {
    if (text == to_string(type)) return type;
  }
  return std::nullopt;
}

std::optional<TlsVerification> tls_verification_from(std::string_view text) {
  for (const TlsVerification mode :
       {TlsVerification::verify_full, TlsVerification::verify_ca, TlsVerification::disabled}) {
    if (text == to_string(mode)) return mode;
  }
  return std::nullopt;
}

std::optional<Uuid> parse_id(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  }
  auto id = Uuid::parse(lower);
  if (!id) return std::nullopt;
  return *id;
}

Result<void> check_name(std::string_view name) {
  if (name.empty()) return bad_name("must not be empty");
  if (name.size() > kMaxNameBytes) return bad_name("must have at most 128 bytes; shorten it");
  if (name.front() == ' ' || name.back() == ' ') {
    return bad_name("must not begin or end with a space; remove it");
  }
  if (parse_id(name)) return bad_name("must not look like an id (a UUID); choose a word");
  while (!name.empty()) {
    const Utf8Character next = decode_utf8(name);
    if (next.length == 0) return bad_name("is not valid UTF-8; write it in UTF-8");
    const std::uint32_t c = next.code_point;
    const bool control = c < 0x20 || (c >= 0x7f && c <= 0x9f);
    if (control) return bad_name("must not contain control characters; remove them");
    name.remove_prefix(next.length);
  }
  return {};
}

}  // namespace outhaul::edge
