#include "agent/settings/ingress.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <optional>
#include <utility>

#include <openssl/sha.h>

#include "common/base/bytes.h"
#include "common/http/fields.h"
#include "common/http/syntax.h"
#include "common/options/resolve.h"
#include "common/options/value_syntax.h"
#include "common/tunnel/hostname.h"

namespace outhaul::agent {

namespace {

using options::FileSection;
using options::Option;
using options::Problem;
using options::Problems;
using options::Values;

constexpr std::size_t name_size_maximum = 64;
/// What a service at a unix socket is called where a host name is wanted.
constexpr std::string_view local_hostname = "localhost";
constexpr std::uint16_t local_port = 80;

bool path_is_below(std::string_view path, std::string_view prefix) {
  if (!path.starts_with(prefix)) return false;
  if (prefix.ends_with('/') || path.size() == prefix.size()) return true;
  return path[prefix.size()] == '/' || path[prefix.size()] == '?';
}

/// Whether `host` ends in a dot and `suffix`, behind at least one more character.
bool host_is_below(std::string_view host, std::string_view suffix) {
  if (host.size() < suffix.size() + 2) return false;
  const std::size_t dot = host.size() - suffix.size() - 1;
  return host[dot] == '.' && http::equals_ignoring_case(host.substr(dot + 1), suffix);
}

bool is_name(std::string_view text) {
  const auto allowed = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= name_size_maximum && std::ranges::all_of(text, allowed);
}

/// The same for the same tunnel and name: a UUID of version 8 (RFC 9562 section 5.8).
Uuid id_of_name(std::string_view name, const Uuid& tunnel_id) {
  std::string text = "outhaul ingress service " + tunnel_id.to_string() + " ";
  text += name;
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::array<std::byte, 16> bytes{};
  std::ranges::transform(digest.begin(), digest.begin() + bytes.size(), bytes.begin(),
                         [](unsigned char byte) { return static_cast<std::byte>(byte); });
  bytes[6] = (bytes[6] & std::byte{0x0f}) | std::byte{0x80};
  bytes[8] = (bytes[8] & std::byte{0x3f}) | std::byte{0x80};
  return Uuid(bytes);
}

Uuid id_of(std::string_view service, const Uuid& tunnel_id) {
  const auto id = Uuid::parse(service);
  return id ? *id : id_of_name(service, tunnel_id);
}

std::optional<std::string> read_host(const Values& values, IngressEntry& entry) {
  std::string text;
  for (const char c : values.text("host"))
    text += http::to_lower(c);
  const std::string shown = options::in_quotes(values.text("host"));
  entry.below_host = text.starts_with("*.");
  entry.host = entry.below_host ? text.substr(2) : text;
  if (entry.host.empty() || entry.host.find('*') != std::string::npos) {
    return shown + ": write a host name, or *.NAME for all below it; leave host out for any";
  }
  if (entry.host.find_first_of("/:") != std::string::npos) {
    return shown + ": write the name alone, without scheme, port and path";
  }
  if (const auto valid = tunnel::validate_hostname(entry.host); !valid) {
    return shown + ": " + valid.error().message;
  }
  return std::nullopt;
}

std::optional<std::string> read_path(const Values& values, IngressEntry& entry) {
  entry.path = values.text("path");
  const std::string shown = options::in_quotes(entry.path);
  if (!entry.path.starts_with('/')) return shown + ": must begin with /, as in /api";
  if (entry.path.find_first_of("?#*") != std::string::npos) {
    return shown + ": is the beginning of a path; write it without ?, # and *";
  }
  if (!http::is_origin_form(entry.path)) return shown + ": write it as clients send it, in ASCII";
  return std::nullopt;
}

/// What an edge would have said. The address is the one that the service's section has.
void describe(IngressEntry& entry, const ServiceAddress& address, const Values& values,
              const Uuid& tunnel_id) {
  tunnel::Descriptor& descriptor = entry.descriptor;
  descriptor.id = id_of(entry.service, tunnel_id);
  descriptor.net = tunnel_id;
  if (values.text("scheme") == "https") descriptor.scheme = tunnel::ServiceScheme::https;
  const std::string verify = values.text("tls-verify");
  if (verify == "verify_ca") descriptor.tls = tunnel::TlsVerification::verify_ca;
  if (verify == "disabled") descriptor.tls = tunnel::TlsVerification::disabled;
  descriptor.port = address.is_unix() ? local_port : address.port;
  descriptor.hostname = address.is_unix() ? std::string(local_hostname) : address.hostname;
  if (address.ip) {
    auto& literal = address.ip->is_v4() ? descriptor.ipv4 : descriptor.ipv6;
    literal = tunnel::LiteralAddress{address.ip->to_string(), *address.ip};
  }
}

class Reader {
 public:
  Reader(const std::vector<ConfiguredService>& services, const Uuid& tunnel_id, Problems& problems)
      : services_(services), tunnel_id_(tunnel_id), problems_(problems) {}

  void read(const FileSection& section) {
    options::GivenValues given;
    given.file = section.values;
    std::vector<Option> table = ingress_options();
    // What is missing is reported with the place of the entry.
    for (Option& option : table)
      option.required = false;
    options::Resolution resolution = options::resolve_all(table, {}, given);
    Problems problems = std::move(resolution.problems);
    const Values& values = resolution.values;
    IngressEntry entry;
    const auto check = [&](std::string_view name, const std::optional<std::string>& wrong) {
      if (wrong) problems.push_back(values.problem(name, *wrong));
    };
    if (values.has("host")) check("host", read_host(values, entry));
    check("path", read_path(values, entry));
    if (values.has("service")) {
      check("service", read_service(values, entry));
    } else {
      problems.push_back(about(section, "service is missing; write service = \"NAME\""));
    }
    if (values.is_given("tls-verify") && values.text("scheme") != "https") {
      check("tls-verify", "has an effect with scheme = \"https\" only");
    }
    if (problems.empty()) check_reached(section, entry, problems);
    for (Problem& problem : problems)
      problems_.push_back(std::move(problem));
    table_.push_back(std::move(entry));
    places_.push_back(section.place.where);
  }

  IngressTable take() { return std::move(table_); }

 private:
  static Problem about(const FileSection& section, const std::string& message) {
    return {section.place.position, section.place.where + ": [[ingress]]: " + message};
  }

  std::optional<std::string> read_service(const Values& values, IngressEntry& entry) {
    entry.service = values.text("service");
    const std::string shown = options::in_quotes(entry.service);
    if (!is_name(entry.service)) {
      return shown + ": is no name; write letters, digits, - and _, at most " +
             std::to_string(name_size_maximum);
    }
    const Uuid id = id_of(entry.service, tunnel_id_);
    const auto found = std::ranges::find(services_, std::optional(id), &ConfiguredService::service);
    if (found == services_.end()) {
      return shown + ": there is no section [service." + entry.service +
             "]; add it with the address of the service";
    }
    if (!found->settings.address) {
      // A wrong one was reported where it stands.
      if (found->values.has("address")) return std::nullopt;
      return shown + ": its section has no address; add address = \"HOST:PORT\" to [service." +
             entry.service + "]";
    }
    describe(entry, *found->settings.address, values, tunnel_id_);
    return std::nullopt;
  }

  void check_reached(const FileSection& section, const IngressEntry& entry, Problems& problems) {
    for (std::size_t i = 0; i < table_.size(); ++i) {
      if (!table_[i].covers(entry)) continue;
      problems.push_back(about(section, "no request reaches this entry: the one at " + places_[i] +
                                            " takes them all; put this one before it"));
      return;
    }
  }

  const std::vector<ConfiguredService>& services_;
  const Uuid& tunnel_id_;
  Problems& problems_;
  IngressTable table_;
  std::vector<std::string> places_;
};

}  // namespace

bool IngressEntry::matches(std::string_view request_host, std::string_view request_path) const {
  if (!path_is_below(request_path, path)) return false;
  if (host.empty()) return true;
  if (below_host) return host_is_below(request_host, host);
  return http::equals_ignoring_case(request_host, host);
}

bool IngressEntry::covers(const IngressEntry& other) const {
  if (!path_is_below(other.path, path)) return false;
  if (host.empty()) return true;
  if (other.host.empty()) return false;
  if (!below_host) return !other.below_host && other.host == host;
  return host_is_below(other.host, host) || (other.below_host && other.host == host);
}

std::vector<Option> ingress_options() {
  return {
      {.name = "host",
       .default_note = "every host",
       .help = "host that clients ask for: a name, or *.NAME for all below it",
       .value_name = "HOST"},
      {.name = "path",
       .default_text = "/",
       .help = "path that requests begin with; /api is /api and all of /api/",
       .value_name = "PATH"},
      {.name = "service",
       .help = "name of the section [service.NAME] that has the address",
       .value_name = "NAME",
       .required = true},
      {.name = "scheme",
       .default_text = "http",
       .help = "http or https, toward the service",
       .value_name = "SCHEME",
       .choices = {"http", "https"}},
      {.name = "tls-verify",
       .default_text = "verify_full",
       .help = "verify_full, verify_ca (any name) or disabled",
       .value_name = "MODE",
       .choices = {"verify_full", "verify_ca", "disabled"}},
  };
}

ServiceNames services_of_ingress(const std::vector<FileSection>& entries, const Uuid& tunnel_id) {
  ServiceNames names;
  for (const FileSection& entry : entries) {
    const auto service = entry.values.find("service");
    if (service == entry.values.end() || service->second.texts.empty()) continue;
    const std::string& name = service->second.texts.front();
    if (is_name(name)) names.emplace(name, id_of(name, tunnel_id));
  }
  return names;
}

IngressTable read_ingress(const std::vector<FileSection>& entries,
                          const std::vector<ConfiguredService>& services, const Uuid& tunnel_id,
                          Problems& problems) {
  Reader reader(services, tunnel_id, problems);
  for (const FileSection& entry : entries)
    reader.read(entry);
  return reader.take();
}

}  // namespace outhaul::agent
