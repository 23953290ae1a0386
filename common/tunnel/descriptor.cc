#include "common/tunnel/descriptor.h"

#include <cassert>

#include "common/base/structured_fields.h"

namespace outhaul::tunnel {
namespace {

Error broken(std::string_view key, std::string_view rule) {
  return Error{ErrorKind::invalid,
               std::string("Tunnel-Service: ").append(key).append(": ").append(rule)};
}

bool uses_tls(ServiceScheme scheme) {
  return scheme == ServiceScheme::https || scheme == ServiceScheme::tls;
}

ServiceType type_of(ServiceScheme scheme) {
  return scheme == ServiceScheme::http || scheme == ServiceScheme::https ? ServiceType::http
                                                                         : ServiceType::tcp;
}

Result<void> check_target(const Descriptor& descriptor) {
  const bool by_address = descriptor.ipv4.has_value() || descriptor.ipv6.has_value();
  if (descriptor.hostname.empty() && !by_address) {
    return broken("hostname", "give hostname, or ipv4, or ipv6, or ipv4 and ipv6");
  }
  if (!descriptor.hostname.empty() && by_address) {
    return broken("hostname", "cannot stand beside ipv4 or ipv6; give one or the other");
  }
  if (!descriptor.hostname.empty()) {
    if (auto valid = validate_hostname(descriptor.hostname); !valid) {
      return broken("hostname", valid.error().message);
    }
  }
  return {};
}

Result<void> check_resolvers(const Descriptor& descriptor) {
  if (descriptor.resolver_ips.empty()) return {};
  if (descriptor.hostname.empty()) return broken("resolver-ips", "is allowed only with hostname");
  if (descriptor.resolver_ips.size() > 4) return broken("resolver-ips", "holds 1 to 4 addresses");
  for (const ResolverAddress& resolver : descriptor.resolver_ips) {
    if (resolver.port == 0) return broken("resolver-ips", "a port is 1 to 65535");
  }
  return {};
}

Result<void> check_tls(const Descriptor& descriptor) {
  if (!uses_tls(descriptor.scheme)) {
    if (descriptor.sni.empty() && descriptor.tls == TlsVerification::verify_full) return {};
    return broken("tls", "is allowed only with scheme https or tls");
  }
  if (descriptor.sni.empty()) return {};
  if (auto valid = validate_hostname(descriptor.sni); !valid) {
    return broken("tls;sni", valid.error().message);
  }
  return {};
}

std::string resolver_text(const ResolverAddress& resolver) {
  if (resolver.port == dns_port) return resolver.ip.text;
  const std::string port = ":" + std::to_string(resolver.port);
  if (resolver.ip.address.is_v6()) return "[" + resolver.ip.text + "]" + port;
  return resolver.ip.text + port;
}

structured::Item token_item(std::string_view text) {
  return structured::Item{structured::Token{std::string(text)}, {}};
}
structured::Item string_item(std::string text) {
  return structured::Item{std::move(text), {}};
}

}  // namespace

std::string_view to_string(ServiceType type) {
  return type == ServiceType::http ? "http" : "tcp";
}

std::string_view to_string(ServiceScheme scheme) {
  switch (scheme) {
    case ServiceScheme::http:
      return "http";
    case ServiceScheme::https:
      return "https";
    case ServiceScheme::tcp:
      return "tcp";
    case ServiceScheme::tls:
      return "tls";
  }
  return "unknown";
}

std::string_view to_string(TlsVerification verification) {
  switch (verification) {
    case TlsVerification::verify_full:
      return "verify_full";
    case TlsVerification::verify_ca:
      return "verify_ca";
    case TlsVerification::disabled:
      return "disabled";
  }
  return "unknown";
}

Result<void> check_descriptor(const Descriptor& descriptor) {
  if (type_of(descriptor.scheme) != descriptor.type) {
    return broken("scheme", "must be http or https with type=http, tcp or tls with type=tcp");
  }
  OUTHAUL_CHECK(check_target(descriptor));
  if (descriptor.port == 0) return broken("port", "must be 1 to 65535");
  OUTHAUL_CHECK(check_resolvers(descriptor));
  OUTHAUL_CHECK(check_tls(descriptor));
  if (!descriptor.app.empty() && !structured::is_token(descriptor.app)) {
    return broken("app", "must be a token, as in postgresql");
  }
  return {};
}

std::string serialize(const Descriptor& descriptor) {
  structured::Dictionary fields;
  fields.set("id", string_item(descriptor.id.to_string()));
  fields.set("type", token_item(to_string(descriptor.type)));
  fields.set("scheme", token_item(to_string(descriptor.scheme)));
  if (!descriptor.hostname.empty()) fields.set("hostname", string_item(descriptor.hostname));
  if (descriptor.ipv4) fields.set("ipv4", string_item(descriptor.ipv4->text));
  if (descriptor.ipv6) fields.set("ipv6", string_item(descriptor.ipv6->text));
  fields.set("port", structured::Item{std::int64_t{descriptor.port}, {}});
  fields.set("net", string_item(descriptor.net.to_string()));
  if (!descriptor.resolver_ips.empty()) {
    structured::InnerList resolvers;
    for (const ResolverAddress& resolver : descriptor.resolver_ips) {
      resolvers.items.push_back(string_item(resolver_text(resolver)));
    }
    fields.set("resolver-ips", std::move(resolvers));
  }
  if (uses_tls(descriptor.scheme)) {
    structured::Item tls = token_item(to_string(descriptor.tls));
    if (!descriptor.sni.empty()) tls.parameters.set("sni", descriptor.sni);
    fields.set("tls", std::move(tls));
  }
  if (!descriptor.app.empty()) fields.set("app", token_item(descriptor.app));
  auto text = structured::serialize(fields);
  assert(text.has_value());
  return std::move(*text);
}

std::string connect_authority(const Descriptor& descriptor) {
  std::string authority = descriptor.hostname;
  if (authority.empty() && descriptor.ipv4) authority = descriptor.ipv4->text;
  if (authority.empty() && descriptor.ipv6) authority = "[" + descriptor.ipv6->text + "]";
  return authority + ":" + std::to_string(descriptor.port);
}

}  // namespace outhaul::tunnel
