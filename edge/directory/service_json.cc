#include "edge/directory/service_json.h"

#include <cstddef>
#include <utility>

#include <nlohmann/json.hpp>

#include "edge/directory/host_rules.h"
#include "edge/directory/json_reader.h"

namespace outhaul::edge {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using Problems = std::vector<std::string>;

constexpr std::size_t kMaxResolvers = 4;

/// The member's canonical text, or empty when it is absent or bad (which is then a problem).
std::string canonical_text(ObjectReader& reader, std::string_view key,
                           Result<std::string> (*canonical)(std::string_view)) {
  const std::optional<std::string> text = reader.text(key);
  if (!text) return {};
  Result<std::string> result = canonical(*text);
  if (result) return *std::move(result);
  reader.report(key, result.error().message);
  return {};
}

void read_name(ObjectReader& reader, ServiceSpec& spec) {
  if (reader.find("name") == nullptr) {
    reader.report("name", "missing; give the service a unique name");
    return;
  }
  const std::optional<std::string> name = reader.text("name");
  if (!name) return;
  spec.name = *name;
  constexpr std::string_view prefix = "name: ";
  if (auto checked = check_name(*name); !checked) {
    reader.report("name", checked.error().message.substr(prefix.size()));
  }
}

std::optional<ServiceType> read_type(ObjectReader& reader) {
  constexpr std::string_view rule = "must be \"http\" or \"tcp\"";
  if (reader.find("type") == nullptr) {
    reader.report("type", "missing; " + std::string(rule));
    return std::nullopt;
  }
  const std::optional<std::string> text = reader.text("type");
  if (!text) return std::nullopt;
  const std::optional<ServiceType> type = service_type_from(*text);
  if (!type) reader.report("type", rule);
  return type;
}

void read_ports(ObjectReader& reader, ServiceSpec& spec) {
  spec.http_port = reader.port("http_port");
  spec.https_port = reader.port("https_port");
  spec.tcp_port = reader.port("tcp_port");
  spec.app_protocol = canonical_text(reader, "app_protocol", canonical_app_protocol);
}

void check_type_and_ports(ObjectReader& reader, ServiceType type) {
  if (type == ServiceType::http) {
    reader.forbid("tcp_port", "only for type tcp; use http_port or https_port, or type tcp");
    reader.forbid("app_protocol", "only for type tcp; remove it");
    return;
  }
  reader.forbid("http_port", "only for type http; use tcp_port, or type http");
  reader.forbid("https_port", "only for type http; use tcp_port, or type http");
  if (reader.find("tcp_port") == nullptr) {
    reader.report("tcp_port", "missing; type tcp needs the port of the service");
  }
}

void read_resolvers(ObjectReader& network, ServiceSpec& spec) {
  const json* list = network.array("resolver_ips");
  if (list == nullptr) return;
  if (list->empty() || list->size() > kMaxResolvers) {
    network.report("resolver_ips",
                   "must have 1 to 4 entries; leave it out to use the tunnel's own resolver");
    return;
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    const std::string entry = "resolver_ips[" + std::to_string(i) + "]";
    const json& member = (*list)[i];
    if (!member.is_string()) {
      network.report(entry, "must be a string; put it in quotes");
      continue;
    }
    Result<std::string> resolver = canonical_resolver(member.get_ref<const std::string&>());
    if (resolver) {
      spec.resolver_ips.push_back(*std::move(resolver));
    } else {
      network.report(entry, resolver.error().message);
    }
  }
}

void read_tunnel_id(ObjectReader& network, ServiceSpec& spec) {
  if (network.find("tunnel_id") == nullptr) {
    network.report("tunnel_id", "missing; name the tunnel whose network reaches the service");
    return;
  }
  const std::optional<std::string> text = network.text("tunnel_id");
  if (!text) return;
  const std::optional<Uuid> id = parse_id(*text);
  if (id) {
    spec.tunnel_id = *id;
  } else {
    network.report("tunnel_id",
                   "must be a tunnel's id, a UUID such as "
                   "\"0191dce4-9ab4-7fce-b660-8e5dec5172da\"");
  }
}

void read_named_host(ObjectReader& host, ServiceSpec& spec, Problems& problems) {
  constexpr std::string_view either = "not together with hostname; keep one of the two";
  host.forbid("ipv4", either);
  host.forbid("ipv6", either);
  host.forbid("network", "only with ipv4 or ipv6; a hostname takes resolver_network");
  spec.host.hostname = canonical_text(host, "hostname", canonical_hostname);
  const json* network = host.object("resolver_network");
  if (network == nullptr) {
    if (host.find("resolver_network") == nullptr) {
      host.report("resolver_network", "missing; a hostname needs {\"tunnel_id\": ...}");
    }
    return;
  }
  ObjectReader reader(*network, "host.resolver_network", {"tunnel_id", "resolver_ips"}, problems);
  read_tunnel_id(reader, spec);
  read_resolvers(reader, spec);
}

void read_address_host(ObjectReader& host, ServiceSpec& spec, Problems& problems) {
  host.forbid("resolver_network", "only with hostname; an address takes network");
  spec.host.ipv4 = canonical_text(host, "ipv4", canonical_ipv4);
  spec.host.ipv6 = canonical_text(host, "ipv6", canonical_ipv6);
  const json* network = host.object("network");
  if (network == nullptr) {
    if (host.find("network") == nullptr) {
      host.report("network", "missing; an address needs {\"tunnel_id\": ...}");
    }
    return;
  }
  ObjectReader reader(*network, "host.network", {"tunnel_id"}, problems);
  read_tunnel_id(reader, spec);
}

void read_host(ObjectReader& service, ServiceSpec& spec, Problems& problems) {
  const json* object = service.object("host");
  if (object == nullptr) {
    if (service.find("host") == nullptr) {
      service.report("host",
                     "missing; give a hostname with resolver_network, or ipv4 and/or ipv6 "
                     "with network");
    }
    return;
  }
  ObjectReader host(*object, "host", {"hostname", "ipv4", "ipv6", "network", "resolver_network"},
                    problems);
  if (host.find("hostname") != nullptr) {
    read_named_host(host, spec, problems);
  } else if (host.find("ipv4") != nullptr || host.find("ipv6") != nullptr) {
    read_address_host(host, spec, problems);
  } else {
    service.report("host", "needs one of hostname, ipv4, ipv6, or ipv4 and ipv6");
  }
}

void read_tls(ObjectReader& service, ServiceSpec& spec, Problems& problems) {
  const json* object = service.object("tls_settings");
  if (object == nullptr) return;
  ObjectReader tls(*object, "tls_settings",
                   {"cert_verification_mode", "certificate_authority", "client_certificate"},
                   problems);
  tls.forbid("certificate_authority",
             "not supported by this edge; trust the authority on the agent and remove this key");
  tls.forbid("client_certificate", "not supported by this edge; remove this key");
  const std::optional<std::string> mode = tls.text("cert_verification_mode");
  if (!mode) return;
  spec.tls = tls_verification_from(*mode);
  if (!spec.tls) {
    tls.report("cert_verification_mode", "must be \"verify_full\", \"verify_ca\" or \"disabled\"");
  }
}

ordered_json host_to_json(const ServiceSpec& spec) {
  ordered_json host;
  ordered_json network;
  network["tunnel_id"] = spec.tunnel_id.to_string();
  if (!spec.host.hostname.empty()) {
    host["hostname"] = spec.host.hostname;
    if (!spec.resolver_ips.empty()) network["resolver_ips"] = spec.resolver_ips;
    host["resolver_network"] = std::move(network);
    return host;
  }
  if (!spec.host.ipv4.empty()) host["ipv4"] = spec.host.ipv4;
  if (!spec.host.ipv6.empty()) host["ipv6"] = spec.host.ipv6;
  host["network"] = std::move(network);
  return host;
}

}  // namespace

ParsedService parse_service(std::string_view json_text) {
  ParsedService parsed;
  Problems& problems = parsed.problems;
  const Result<json> body = parse_json_object(json_text);
  if (!body) {
    problems.push_back(body.error().message);
    return parsed;
  }
  ServiceSpec spec;
  ObjectReader reader(*body, "",
                      {"name", "type", "http_port", "https_port", "tcp_port", "app_protocol",
                       "host", "tls_settings", "service_id", "created_at", "updated_at"},
                      problems);
  read_name(reader, spec);
  const std::optional<ServiceType> type = read_type(reader);
  read_ports(reader, spec);
  if (type) {
    spec.type = *type;
    check_type_and_ports(reader, *type);
  }
  read_host(reader, spec, problems);
  read_tls(reader, spec, problems);
  if (problems.empty()) parsed.spec = std::move(spec);
  return parsed;
}

std::string service_to_json(const Service& service) {
  const ServiceSpec& spec = service.spec;
  ordered_json object;
  object["service_id"] = service.id.to_string();
  object["name"] = spec.name;
  object["type"] = to_string(spec.type);
  if (spec.http_port) object["http_port"] = *spec.http_port;
  if (spec.https_port) object["https_port"] = *spec.https_port;
  if (spec.tcp_port) object["tcp_port"] = *spec.tcp_port;
  if (!spec.app_protocol.empty()) object["app_protocol"] = spec.app_protocol;
  object["host"] = host_to_json(spec);
  object["tls_settings"] = nullptr;
  if (spec.tls) object["tls_settings"] = {{"cert_verification_mode", to_string(*spec.tls)}};
  object["created_at"] = to_rfc3339(service.created_at);
  object["updated_at"] = to_rfc3339(service.updated_at);
  return object.dump();
}

}  // namespace outhaul::edge
