#include "agent/settings/service_options.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "common/base/ip_address.h"
#include "common/http/syntax.h"
#include "common/options/value_syntax.h"
#include "common/tunnel/hostname.h"

namespace outhaul::agent {

namespace {

using options::Option;
using options::OptionKind;
using options::Values;

constexpr std::int64_t second = 1000;
constexpr std::int64_t day = 24 * 3600 * second;

Option timeout(std::string name, std::chrono::seconds value, std::string help) {
  return {.name = std::move(name),
          .kind = OptionKind::duration,
          .default_text = options::format_duration(value),
          .help = std::move(help),
          .group = std::string(timeout_group),
          .value_name = "TIME",
          .minimum = second,
          .maximum = day,
          .multiple_of = second};
}

Option count(std::string name, std::uint64_t value, std::string help) {
  return {.name = std::move(name),
          .kind = OptionKind::integer,
          .default_text = std::to_string(value),
          .help = std::move(help),
          .group = std::string(service_capacity_group),
          .value_name = "N",
          .minimum = 1,
          .maximum = 65536};
}

Option file(std::string name, std::string help) {
  return {.name = std::move(name),
          .kind = OptionKind::path,
          .help = std::move(help),
          .group = std::string(origin_group),
          .value_name = "FILE"};
}

std::chrono::seconds seconds_of(const Values& values, std::string_view name) {
  return std::chrono::duration_cast<std::chrono::seconds>(values.duration(name));
}

std::uint32_t count_of(const Values& values, std::string_view name) {
  return static_cast<std::uint32_t>(values.integer(name));
}

void read_timeouts(const Values& values, ServiceSettings& settings) {
  settings.connect_timeout = seconds_of(values, "connect-timeout");
  settings.tls_timeout = seconds_of(values, "tls-timeout");
  settings.first_byte_timeout = seconds_of(values, "first-byte-timeout");
  settings.idle_timeout = seconds_of(values, "idle-timeout");
  settings.upload_stall_timeout = seconds_of(values, "upload-stall-timeout");
  settings.tcp_idle = seconds_of(values, "tcp-idle");
  settings.keep_alive_timeout = seconds_of(values, "keep-alive-timeout");
}

void read_capacity(const Values& values, ServiceSettings& settings) {
  settings.requests = count_of(values, "requests-per-service");
  settings.tcp_streams = count_of(values, "tcp-streams-per-service");
  settings.connections = count_of(values, "connections-per-service");
  settings.keep_alive_connections = count_of(values, "keep-alive-connections");
  settings.circuit_failures = count_of(values, "circuit-failures");
  if (values.has("request-body-limit") && values.size("request-body-limit") > 0) {
    settings.request_body = static_cast<std::uint64_t>(values.size("request-body-limit"));
  }
}

OriginProtocol read_protocol(std::string_view text) {
  if (text == "http1") return OriginProtocol::http1;
  return text == "http2" ? OriginProtocol::http2 : OriginProtocol::automatic;
}

}  // namespace

options::Option origin_ca_option(std::string_view group) {
  Option option = file("origin-ca", "PEM file of CAs for HTTPS origins");
  option.default_note = "system";
  option.group = group;
  return option;
}

std::vector<Option> service_timeout_options() {
  const Limits& limits = default_limits;
  const ServiceSettings settings;
  std::vector<Option> table = {
      timeout("connect-timeout", limits.origin_connect, "TCP connect"),
      timeout("tls-timeout", limits.origin_tls, "TLS handshake"),
      timeout("first-byte-timeout", limits.origin_first_byte,
              "from a request's end to its response's head"),
      timeout("idle-timeout", limits.origin_idle_read, "silence within a response body"),
      timeout("upload-stall-timeout", limits.upload_stall, "origin takes no byte of a body"),
      timeout("keep-alive-timeout", settings.keep_alive_timeout,
              "an idle origin connection is kept"),
      timeout("tcp-idle", limits.tcp_idle, "silence of a TCP or WebSocket stream, 0 is no limit"),
  };
  table.back().minimum = 0;
  return table;
}

std::vector<Option> service_origin_options() {
  return {
      origin_ca_option(origin_group),
      file("origin-client-cert", "PEM certificate to show to HTTPS origins"),
      file("origin-client-key", "PEM key of that certificate"),
      {.name = "origin-protocol",
       .default_text = "auto",
       .help = "http1, http2, or auto: by ALPN over TLS, else http1",
       .group = std::string(origin_group),
       .value_name = "NAME",
       .choices = {"auto", "http1", "http2"}},
      {.name = "proxy-protocol",
       .default_text = "none",
       .help = "v2 tells TCP services the client's address",
       .group = std::string(origin_group),
       .value_name = "NAME",
       .choices = {"none", "v2"}},
  };
}

std::vector<Option> service_capacity_options() {
  const ServiceSettings settings;
  Option circuit = count("circuit-failures", settings.circuit_failures,
                         "failed dials in a row before an address is left alone, 0 is never");
  circuit.minimum = 0;
  return {
      count("requests-per-service", settings.requests, "requests at a time"),
      count("tcp-streams-per-service", settings.tcp_streams, "TCP streams at a time"),
      count("connections-per-service", settings.connections, "origin connections at a time"),
      count("keep-alive-connections", settings.keep_alive_connections,
            "idle origin connections that are kept"),
      circuit,
      {.name = "request-body-limit",
       .kind = OptionKind::size,
       .default_text = "0",
       .help = "bytes of one request body, 0 is no limit",
       .group = std::string(service_capacity_group),
       .value_name = "SIZE"},
  };
}

std::vector<Option> service_options() {
  std::vector<Option> table = service_timeout_options();
  for (const auto& part : {service_origin_options(), service_capacity_options()})
    table.insert(table.end(), part.begin(), part.end());
  return table;
}

std::vector<Option> single_service_options() {
  return {
      {.name = "address",
       .default_note = "as the edge says",
       .help = "where the service really is: host:port, or unix:/path",
       .group = std::string(origin_group),
       .value_name = "ADDRESS"},
      {.name = "host",
       .default_note = "the client's",
       .help = "Host field that the origin sees",
       .group = std::string(origin_group),
       .value_name = "HOST"},
      {.name = "srv",
       .default_note = "no SRV records",
       .help = "ask for the SRV records _NAME._tcp.HOSTNAME",
       .group = std::string(origin_group),
       .value_name = "NAME"},
      {.name = "origin-family",
       .default_note = "as for all services",
       .help = "auto, ipv4-first, ipv4-only, ipv6-first or ipv6-only",
       .group = std::string(origin_group),
       .value_name = "NAME",
       .choices = {"auto", "ipv4-first", "ipv4-only", "ipv6-first", "ipv6-only"}},
      {.name = "server-name",
       .default_note = "from the service",
       .help = "name to ask for and to verify in TLS",
       .group = std::string(origin_group),
       .value_name = "NAME"},
  };
}

ServiceSettings read_service_settings(const Values& values, const Limits& limits,
                                      options::Problems& problems) {
  ServiceSettings settings(limits);
  read_timeouts(values, settings);
  read_capacity(values, settings);
  settings.origin_ca = values.path("origin-ca").string();
  settings.client_certificate = values.path("origin-client-cert").string();
  settings.client_key = values.path("origin-client-key").string();
  if (settings.client_certificate.empty() != settings.client_key.empty()) {
    const bool no_key = settings.client_key.empty();
    problems.push_back(
        values.problem(no_key ? "origin-client-cert" : "origin-client-key",
                       no_key ? "needs --origin-client-key FILE, the key of the certificate"
                              : "needs --origin-client-cert FILE, the certificate of the key"));
    // Half a pair is of no use; what follows sees none.
    settings.client_certificate.clear();
    settings.client_key.clear();
  }
  settings.protocol = read_protocol(values.text("origin-protocol"));
  if (values.text("proxy-protocol") == "v2") settings.proxy_protocol = ProxyProtocol::v2;
  return settings;
}

void read_single_service(const Values& values, ServiceSettings& settings,
                         options::Problems& problems) {
  if (values.has("address")) {
    auto address = ServiceAddress::parse(values.text("address"));
    if (address) {
      settings.address = std::move(*address);
    } else {
      problems.push_back(values.problem("address", address.error().message));
    }
  }
  if (values.has("origin-family")) {
    // One of the option's choices, which are all of them.
    settings.lookup.family = parse_origin_family(values.text("origin-family")).value();
  }
  if (values.has("srv")) {
    auto srv = parse_srv_name(values.text("srv"));
    if (!srv) {
      problems.push_back(values.problem("srv", srv.error().message));
    } else if (values.has("address")) {
      problems.push_back(values.problem("srv", "the service has an address of its own; keep one"));
    } else {
      settings.lookup.srv = std::move(*srv);
    }
  }
  settings.host = values.text("host");
  if (!settings.host.empty() && !http::parse_authority(settings.host)) {
    problems.push_back(values.problem(
        "host", options::in_quotes(settings.host) + ": write HOST or HOST:PORT, without a scheme"));
  }
  for (const char c : values.text("server-name"))
    settings.server_name += http::to_lower(c);
  if (settings.server_name.empty() || IpAddress::parse(settings.server_name)) return;
  if (const auto valid = tunnel::validate_hostname(settings.server_name); !valid) {
    problems.push_back(values.problem(
        "server-name", options::in_quotes(settings.server_name) + ": " + valid.error().message));
  }
}

}  // namespace outhaul::agent
