#include "agent/network/lookup_preferences.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "common/options/value_syntax.h"

namespace outhaul::agent {

namespace {

constexpr std::array<std::pair<std::string_view, OriginFamily>, 5> family_names = {{
    {"auto", OriginFamily::automatic},
    {"ipv4-first", OriginFamily::ipv4_first},
    {"ipv4-only", OriginFamily::ipv4_only},
    {"ipv6-first", OriginFamily::ipv6_first},
    {"ipv6-only", OriginFamily::ipv6_only},
}};
constexpr std::size_t srv_name_maximum = 15;

bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}

bool is_letter_or_digit(char c) {
  return is_letter(c) || (c >= '0' && c <= '9');
}

}  // namespace

Result<OriginFamily> parse_origin_family(std::string_view text) {
  for (const auto& [name, family] : family_names) {
    if (name == text) return family;
  }
  return Error{ErrorKind::invalid,
               options::in_quotes(text) +
                   " is no family; write auto, ipv4-first, ipv4-only, ipv6-first or ipv6-only"};
}

std::string_view to_string(OriginFamily family) {
  const auto* found =
      std::ranges::find(family_names, family, &std::pair<std::string_view, OriginFamily>::second);
  return found->first;
}

dns::FamilyPreference families_to_ask(OriginFamily family) {
  switch (family) {
    case OriginFamily::ipv4_first:
      return dns::FamilyPreference::v4_first;
    case OriginFamily::ipv4_only:
      return dns::FamilyPreference::v4_only;
    case OriginFamily::ipv6_only:
      return dns::FamilyPreference::v6_only;
    case OriginFamily::automatic:
    case OriginFamily::ipv6_first:
      break;
  }
  return dns::FamilyPreference::v6_first;
}

Result<std::string> parse_srv_name(std::string_view text) {
  std::string name(text);
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  const bool characters =
      std::ranges::all_of(name, [](char c) { return is_letter_or_digit(c) || c == '-'; });
  const bool valid = characters && std::ranges::any_of(name, is_letter) &&
                     name.size() <= srv_name_maximum && name.front() != '-' && name.back() != '-' &&
                     name.find("--") == std::string::npos;
  if (valid) return name;
  return Error{ErrorKind::invalid,
               options::in_quotes(text) +
                   " is no service name; write one without underscore, of 1-15 letters, digits and "
                   "inner hyphens, as in http or postgresql"};
}

Result<std::string> default_srv_name(const tunnel::Descriptor& descriptor) {
  if (!descriptor.app.empty()) return parse_srv_name(descriptor.app);
  if (descriptor.type == tunnel::ServiceType::http) {
    return std::string(tunnel::to_string(descriptor.scheme));
  }
  return Error{ErrorKind::invalid,
               "a tcp service without `app` has no name for SRV records; give the name itself, as "
               "in postgresql"};
}

}  // namespace outhaul::agent
