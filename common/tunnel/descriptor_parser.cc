#include <array>
#include <utility>

#include "common/base/structured_fields.h"
#include "common/tunnel/descriptor.h"
#include "common/tunnel/port.h"

namespace outhaul::tunnel {
namespace {

using structured::Dictionary;
using structured::DuplicateKeys;
using structured::InnerList;
using structured::Item;
using structured::Member;
using structured::Token;

constexpr std::size_t resolver_count_maximum = 4;

Error broken(std::string_view key, std::string_view rule) {
  return Error{ErrorKind::invalid,
               std::string("Tunnel-Service: ").append(key).append(": ").append(rule)};
}

Result<const Member*> required(const Dictionary& fields, std::string_view key) {
  const Member* member = fields.find(key);
  if (member == nullptr) return broken(key, "is required");
  return member;
}

Result<std::string> non_empty_string(std::string_view key, const Item* item) {
  const std::string* text = item == nullptr ? nullptr : structured::as<std::string>(*item);
  if (text == nullptr) return broken(key, "must be a string in double quotes");
  if (text->empty()) return broken(key, "must not be empty");
  return *text;
}

Result<std::string> non_empty_string(std::string_view key, const Member& member) {
  return non_empty_string(key, std::get_if<Item>(&member));
}

Result<std::string> token(std::string_view key, const Member& member) {
  const Token* value = structured::as<Token>(member);
  if (value == nullptr) return broken(key, "must be a token without quotes");
  return value->text;
}

Result<Uuid> uuid(const Dictionary& fields, std::string_view key) {
  OUTHAUL_TRY(member, required(fields, key));
  OUTHAUL_TRY(text, non_empty_string(key, *member));
  auto parsed = Uuid::parse(text);
  if (!parsed) return broken(key, parsed.error().message);
  return parsed;
}

/// The value whose name the token is.
template <typename Value, std::size_t count>
Result<Value> one_of(std::string_view key, const Member& member,
                     const std::array<Value, count>& values) {
  OUTHAUL_TRY(text, token(key, member));
  std::string names;
  for (Value value : values) {
    if (to_string(value) == text) return value;
    names.append(names.empty() ? "" : ", ").append(to_string(value));
  }
  return broken(key, "must be one of " + names);
}

Result<void> read_kind(const Dictionary& fields, Descriptor& descriptor) {
  static constexpr std::array types = {ServiceType::http, ServiceType::tcp};
  static constexpr std::array schemes = {ServiceScheme::http, ServiceScheme::https,
                                         ServiceScheme::tcp, ServiceScheme::tls};
  OUTHAUL_TRY(type, required(fields, "type"));
  OUTHAUL_TRY(type_value, one_of("type", *type, types));
  OUTHAUL_TRY(scheme, required(fields, "scheme"));
  OUTHAUL_TRY(scheme_value, one_of("scheme", *scheme, schemes));
  descriptor.type = type_value;
  descriptor.scheme = scheme_value;
  return {};
}

/// Text of an address by the rules of `ipv4` and `ipv6`, which also hold for resolvers.
Result<LiteralAddress> literal(std::string_view key, std::string_view text,
                               Result<IpAddress> parsed) {
  if (!parsed) return broken(key, parsed.error().message);
  if (parsed->is_v4_mapped()) {
    return broken(key, "an IPv4 address inside IPv6 is not allowed; give it as IPv4");
  }
  return LiteralAddress{std::string(text), *parsed};
}

Result<void> read_target(const Dictionary& fields, Descriptor& descriptor) {
  if (const Member* member = fields.find("hostname")) {
    OUTHAUL_TRY(text, non_empty_string("hostname", *member));
    descriptor.hostname = std::move(text);
  }
  if (const Member* member = fields.find("ipv4")) {
    OUTHAUL_TRY(text, non_empty_string("ipv4", *member));
    OUTHAUL_TRY(address, literal("ipv4", text, IpAddress::parse_v4(text)));
    descriptor.ipv4 = std::move(address);
  }
  if (const Member* member = fields.find("ipv6")) {
    OUTHAUL_TRY(text, non_empty_string("ipv6", *member));
    OUTHAUL_TRY(address, literal("ipv6", text, IpAddress::parse_v6(text)));
    descriptor.ipv6 = std::move(address);
  }
  return {};
}

Result<void> read_port(const Dictionary& fields, Descriptor& descriptor) {
  OUTHAUL_TRY(member, required(fields, "port"));
  const auto* port = structured::as<std::int64_t>(*member);
  if (port == nullptr || *port < 1 || *port > 65535) {
    return broken("port", "must be an integer from 1 to 65535");
  }
  descriptor.port = static_cast<std::uint16_t>(*port);
  return {};
}

/// `ip`, `ip:port` or `[v6]:port`.
Result<ResolverAddress> parse_resolver(std::string_view text) {
  static constexpr std::string_view key = "resolver-ips";
  ResolverAddress resolver;
  std::string_view ip = text;
  std::string_view port;
  const std::size_t colon = text.rfind(':');
  const bool bracketed = text.starts_with('[');
  if (bracketed) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos || colon != close + 1) {
      return broken(key, "with brackets write [v6]:port");
    }
    ip = text.substr(1, close - 1);
    port = text.substr(colon + 1);
  } else if (colon != std::string_view::npos && colon == text.find(':')) {
    ip = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  if (bracketed || ip.size() != text.size()) {
    auto number = parse_port(port);
    if (!number) return broken(key, number.error().message);
    resolver.port = *number;
  }
  OUTHAUL_TRY(address,
              literal(key, ip, bracketed ? IpAddress::parse_v6(ip) : IpAddress::parse(ip)));
  resolver.ip = std::move(address);
  return resolver;
}

Result<void> read_resolvers(const Dictionary& fields, Descriptor& descriptor) {
  const Member* member = fields.find("resolver-ips");
  if (member == nullptr) return {};
  const InnerList* list = std::get_if<InnerList>(member);
  if (list == nullptr || list->items.empty() || list->items.size() > resolver_count_maximum) {
    return broken("resolver-ips", "must be an inner list of 1 to 4 strings");
  }
  for (const Item& item : list->items) {
    OUTHAUL_TRY(text, non_empty_string("resolver-ips", &item));
    OUTHAUL_TRY(resolver, parse_resolver(text));
    descriptor.resolver_ips.push_back(std::move(resolver));
  }
  return {};
}

Result<void> read_tls(const Dictionary& fields, Descriptor& descriptor) {
  static constexpr std::array modes = {TlsVerification::verify_full, TlsVerification::verify_ca,
                                       TlsVerification::disabled};
  const Member* member = fields.find("tls");
  if (member == nullptr) return {};
  // Without TLS the key itself is the error, whatever its value says.
  if (descriptor.scheme != ServiceScheme::https && descriptor.scheme != ServiceScheme::tls) {
    return broken("tls", "is allowed only with scheme https or tls");
  }
  OUTHAUL_TRY(mode, one_of("tls", *member, modes));
  descriptor.tls = mode;
  const auto* sni = std::get<Item>(*member).parameters.find("sni");
  if (sni == nullptr) return {};
  const Item sni_item{*sni, {}};
  OUTHAUL_TRY(name, non_empty_string("tls;sni", &sni_item));
  descriptor.sni = std::move(name);
  return {};
}

Result<void> read_app(const Dictionary& fields, Descriptor& descriptor) {
  const Member* member = fields.find("app");
  if (member == nullptr) return {};
  OUTHAUL_TRY(name, token("app", *member));
  descriptor.app = std::move(name);
  return {};
}

}  // namespace

Result<Descriptor> parse_descriptor(std::string_view field_value) {
  if (field_value.size() > descriptor_size_maximum) {
    return broken("field", "is longer than 1024 bytes");
  }
  auto fields = structured::parse_dictionary(field_value, DuplicateKeys::refuse);
  if (!fields) return broken("field", fields.error().message);
  Descriptor descriptor;
  OUTHAUL_TRY(id, uuid(*fields, "id"));
  descriptor.id = id;
  OUTHAUL_CHECK(read_kind(*fields, descriptor));
  OUTHAUL_CHECK(read_target(*fields, descriptor));
  OUTHAUL_CHECK(read_port(*fields, descriptor));
  OUTHAUL_TRY(net, uuid(*fields, "net"));
  descriptor.net = net;
  OUTHAUL_CHECK(read_resolvers(*fields, descriptor));
  OUTHAUL_CHECK(read_tls(*fields, descriptor));
  OUTHAUL_CHECK(read_app(*fields, descriptor));
  OUTHAUL_CHECK(check_descriptor(descriptor));
  return descriptor;
}

Result<Descriptor> parse_descriptor_lines(std::span<const std::string_view> lines) {
  if (lines.size() != 1) return broken("field", "there must be exactly one Tunnel-Service line");
  return parse_descriptor(lines.front());
}

}  // namespace outhaul::tunnel
