#include "agent/policy/rule.h"

#include <algorithm>

#include "common/options/value_syntax.h"
#include "common/tunnel/hostname.h"
#include "common/tunnel/port.h"

namespace outhaul::agent {
namespace {

constexpr std::string_view service_prefix = "service:";
constexpr std::size_t uuid_text_size = 36;

Error invalid(std::string_view rule, std::string_view problem) {
  return Error{ErrorKind::invalid, options::in_quotes(rule) + ": " + std::string(problem)};
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

/// The two halves of a rule. The port part is empty, or starts with its colon.
struct Parts {
  std::string_view subject;
  std::string_view port;
};

Result<Parts> split(std::string_view text) {
  if (text.starts_with(service_prefix)) {
    const std::size_t end = service_prefix.size() + uuid_text_size;
    return Parts{text.substr(service_prefix.size(), uuid_text_size),
                 text.substr(std::min(end, text.size()))};
  }
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) {
      return invalid(text, "the bracket is not closed; write [fd00::/8]:443");
    }
    return Parts{text.substr(1, close - 1), text.substr(close + 1)};
  }
  const std::size_t colon = text.find(':');
  const bool is_v6 = colon != std::string_view::npos && text.find(':', colon + 1) != text.npos;
  if (colon == std::string_view::npos || is_v6) return Parts{text, {}};
  return Parts{text.substr(0, colon), text.substr(colon)};
}

Result<std::optional<PortRange>> parse_ports(std::string_view rule, std::string_view text) {
  if (text.empty()) return std::optional<PortRange>();
  const std::string_view ports = text.substr(1);
  const std::size_t hyphen = ports.find('-');
  const auto first = tunnel::parse_port(ports.substr(0, hyphen));
  const auto last =
      hyphen == std::string_view::npos ? first : tunnel::parse_port(ports.substr(hyphen + 1));
  if (!text.starts_with(':') || !first || !last) {
    return invalid(rule, "after the target comes :PORT or :PORT-PORT with ports from 1 to 65535");
  }
  if (*first > *last) return invalid(rule, "the port range runs backwards; write the lower first");
  return std::optional(PortRange{*first, *last});
}

bool looks_like_address(std::string_view subject) {
  return subject.find('/') != std::string_view::npos ||
         subject.find(':') != std::string_view::npos ||
         subject.find_first_not_of("0123456789.") == std::string_view::npos;
}

Result<Rule> parse_subject(std::string_view rule, const Parts& parts) {
  if (parts.subject.empty()) {
    return invalid(rule,
                   "the target is empty; write an address, a range, a host name or "
                   "service:UUID");
  }
  if (rule.starts_with(service_prefix)) {
    auto id = Uuid::parse(parts.subject);
    if (!id) return invalid(rule, "after service: comes a service id, a lower-case UUID");
    return Rule{*id, {}};
  }
  if (looks_like_address(parts.subject) || rule.starts_with('[')) {
    auto prefix = IpPrefix::parse(parts.subject);
    if (!prefix) return invalid(rule, prefix.error().message);
    if (rule.starts_with('[') && prefix->address.is_v4()) {
      return invalid(rule, "brackets are for IPv6 only; leave them out");
    }
    return Rule{*prefix, {}};
  }
  HostPattern pattern{lower_case(parts.subject), parts.subject.starts_with("*.")};
  if (pattern.below) pattern.name.erase(0, 2);
  if (pattern.name.find('*') != std::string::npos) {
    return invalid(rule, "a star stands only for the first labels, as in *.corp.internal");
  }
  if (const auto valid = tunnel::validate_hostname(pattern.name); !valid) {
    return invalid(rule, valid.error().message);
  }
  return Rule{std::move(pattern), {}};
}

std::string subject_text(const Rule& rule) {
  if (const auto* id = std::get_if<Uuid>(&rule.subject)) {
    return std::string(service_prefix) + id->to_string();
  }
  if (const auto* pattern = std::get_if<HostPattern>(&rule.subject)) {
    return (pattern->below ? "*." : "") + pattern->name;
  }
  const auto& prefix = std::get<IpPrefix>(rule.subject);
  const bool is_single = prefix.length == (prefix.address.is_v4() ? 32 : 128);
  std::string text = is_single ? prefix.address.to_string() : prefix.to_string();
  return prefix.address.is_v6() && rule.ports ? "[" + text + "]" : text;
}

}  // namespace

bool HostPattern::matches(std::string_view hostname) const {
  if (!below) return hostname == name;
  return hostname.size() > name.size() + 1 && hostname.ends_with(name) &&
         hostname[hostname.size() - name.size() - 1] == '.';
}

Result<Rule> Rule::parse(std::string_view text) {
  OUTHAUL_TRY(parts, split(text));
  OUTHAUL_TRY(rule, parse_subject(text, parts));
  OUTHAUL_TRY(parsed_ports, parse_ports(text, parts.port));
  rule.ports = parsed_ports;
  return rule;
}

std::string Rule::to_string() const {
  std::string text = subject_text(*this);
  if (!ports) return text;
  text += ":" + std::to_string(ports->first);
  return ports->is_single() ? text : text + "-" + std::to_string(ports->last);
}

bool Rule::matches_service(const Uuid& id) const {
  const auto* own = std::get_if<Uuid>(&subject);
  return own != nullptr && *own == id;
}

bool Rule::matches_host(std::string_view hostname) const {
  const auto* pattern = std::get_if<HostPattern>(&subject);
  return pattern != nullptr && pattern->matches(hostname);
}

bool Rule::matches_address(const IpAddress& address) const {
  const auto* prefix = std::get_if<IpPrefix>(&subject);
  return prefix != nullptr && prefix->contains(address);
}

bool Rule::names_endpoint(const IpAddress& address, std::uint16_t port) const {
  const auto* prefix = std::get_if<IpPrefix>(&subject);
  return prefix != nullptr && prefix->address == address &&
         prefix->length == (address.is_v4() ? 32 : 128) && ports && *ports == PortRange{port, port};
}

std::string endpoint_text(const IpAddress& address, std::uint16_t port) {
  const std::string text = address.to_string();
  return (address.is_v6() ? "[" + text + "]" : text) + ":" + std::to_string(port);
}

}  // namespace outhaul::agent
