#include "common/tunnel/concealed_authentication.h"

#include <algorithm>
#include <cassert>
#include <optional>

#include "common/base/base64.h"
#include "common/base/ip_address.h"
#include "common/tunnel/hostname.h"
#include "common/tunnel/port.h"
#include "common/tunnel/ptth_names.h"

namespace outhaul::tunnel {
namespace {

constexpr std::string_view scheme_name = "Concealed";
constexpr std::string_view url_scheme = "https";
constexpr std::string_view signature_context = "HTTP Concealed Authentication";
constexpr std::size_t signed_exporter_bytes = 32;

Error invalid(std::string_view rule) {
  return Error{ErrorKind::invalid, std::string("Authorization: ").append(rule)};
}

void append(std::vector<std::byte>& out, Bytes bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void append_uint16(std::vector<std::byte>& out, std::uint16_t value) {
  out.push_back(static_cast<std::byte>(value >> 8));
  out.push_back(static_cast<std::byte>(value & 0xff));
}

/// Length as a minimal QUIC varint (RFC 9000 section 16), then the bytes.
void append_with_length(std::vector<std::byte>& out, Bytes bytes) {
  assert(bytes.size() < (1U << 14));
  if (bytes.size() < 64) {
    out.push_back(static_cast<std::byte>(bytes.size()));
  } else {
    append_uint16(out, static_cast<std::uint16_t>(0x4000U | bytes.size()));
  }
  append(out, bytes);
}

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t'))
    text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t'))
    text.remove_suffix(1);
  return text;
}

bool equal_ignoring_case(std::string_view left, std::string_view right) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [&](char a, char b) { return lower(a) == lower(b); });
}

/// The five parameters as text, while they are collected.
struct Parameters {
  std::optional<std::string_view> k, a, s, v, p;

  std::optional<std::string_view>* slot(std::string_view name) {
    if (name == "k") return &k;
    if (name == "a") return &a;
    if (name == "s") return &s;
    if (name == "v") return &v;
    if (name == "p") return &p;
    return nullptr;
  }
  bool complete() const { return k && a && s && v && p; }
};

Result<Parameters> split_parameters(std::string_view text) {
  Parameters parameters;
  for (;;) {
    const std::size_t comma = text.find(',');
    const std::string_view parameter = trim(text.substr(0, comma));
    const std::size_t equals = parameter.find('=');
    if (equals == std::string_view::npos) return invalid("a parameter is written name=value");
    auto* slot = parameters.slot(parameter.substr(0, equals));
    if (slot == nullptr) return invalid("only the parameters k, a, s, v and p are allowed");
    if (slot->has_value()) return invalid("a parameter appears twice");
    *slot = parameter.substr(equals + 1);
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  if (!parameters.complete()) return invalid("the parameters k, a, s, v and p are all required");
  return parameters;
}

template <std::size_t size>
Result<void> decode_into(std::array<std::byte, size>& target, std::string_view name,
                         std::string_view text) {
  auto bytes = base64url_decode(text);
  if (!bytes) return invalid(std::string(name) + ": " + bytes.error().message);
  if (bytes->size() != size) {
    return invalid(std::string(name) + ": must hold " + std::to_string(size) + " bytes");
  }
  std::copy(bytes->begin(), bytes->end(), target.begin());
  return {};
}

}  // namespace

Result<HostAndPort> parse_host(std::string_view value) {
  HostAndPort result;
  std::string_view host = value;
  const std::size_t colon = value.rfind(':');
  // The last colon of a bracketed address alone stands inside the brackets.
  if (colon != std::string_view::npos && !value.ends_with(']')) {
    auto port = parse_port(value.substr(colon + 1));
    if (!port) return Error{ErrorKind::invalid, "Host: " + port.error().message};
    result.port = *port;
    host = value.substr(0, colon);
  }
  result.host = std::string(host);
  if (host.starts_with('[') && host.ends_with(']')) {
    const bool upper =
        std::any_of(host.begin(), host.end(), [](char c) { return c >= 'A' && c <= 'F'; });
    if (!upper && IpAddress::parse_v6(host.substr(1, host.size() - 2))) return result;
    return Error{ErrorKind::invalid, "Host: not an IPv6 address in brackets, in lower case"};
  }
  if (IpAddress::parse_v4(host)) return result;
  if (auto valid = validate_hostname(host); !valid) {
    return Error{ErrorKind::invalid, "Host: " + valid.error().message};
  }
  return result;
}

std::vector<std::byte> concealed_context(const Uuid& tunnel_id, const PublicKey& key,
                                         const HostAndPort& host) {
  std::vector<std::byte> context;
  append_uint16(context, concealed_signature_scheme);
  append_with_length(context, tunnel_id.bytes());
  append_with_length(context, key);
  append_with_length(context, as_bytes(url_scheme));
  append_with_length(context, as_bytes(host.host));
  append_uint16(context, host.port);
  append_with_length(context, {});  // no realm
  return context;
}

std::vector<std::byte> concealed_signature_input(const ExporterOutput& exporter) {
  std::vector<std::byte> input(64, std::byte{0x20});
  append(input, as_bytes(signature_context));
  input.push_back(std::byte{0});
  append(input, Bytes(exporter).first(signed_exporter_bytes));
  return input;
}

std::string concealed_authorization(const Uuid& tunnel_id, const ConcealedKey& key,
                                    const ExporterOutput& exporter) {
  const Signature signature = key.sign(concealed_signature_input(exporter));
  return std::string(scheme_name)
      .append(" k=")
      .append(base64url_encode(tunnel_id.bytes()))
      .append(", a=")
      .append(base64url_encode(key.public_key()))
      .append(", s=")
      .append(std::to_string(concealed_signature_scheme))
      .append(", v=")
      .append(base64url_encode(Bytes(exporter).subspan(signed_exporter_bytes)))
      .append(", p=")
      .append(base64url_encode(signature));
}

Result<ConcealedCredentials> parse_concealed(std::string_view authorization) {
  const std::size_t space = authorization.find(' ');
  if (space == std::string_view::npos ||
      !equal_ignoring_case(authorization.substr(0, space), scheme_name)) {
    return invalid("the scheme must be Concealed");
  }
  OUTHAUL_TRY(parameters, split_parameters(authorization.substr(space + 1)));
  ConcealedCredentials credentials;
  std::array<std::byte, 16> id{};
  OUTHAUL_CHECK(decode_into(id, "k", *parameters.k));
  credentials.tunnel_id = Uuid(id);
  OUTHAUL_CHECK(decode_into(credentials.key, "a", *parameters.a));
  if (*parameters.s != std::to_string(concealed_signature_scheme)) {
    return invalid("s: must be 2055 (ed25519)");
  }
  OUTHAUL_CHECK(decode_into(credentials.verification, "v", *parameters.v));
  OUTHAUL_CHECK(decode_into(credentials.signature, "p", *parameters.p));
  return credentials;
}

}  // namespace outhaul::tunnel
