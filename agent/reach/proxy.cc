#include "agent/reach/proxy.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/http/syntax.h"
#include "common/tunnel/edge_address.h"

namespace outhaul::agent {

namespace {

struct Scheme {
  std::string_view name;
  ProxyKind kind;
  std::uint16_t port;
};
constexpr std::array<Scheme, 4> schemes{{{"http", ProxyKind::http, 80},
                                         {"https", ProxyKind::https, 443},
                                         {"socks5", ProxyKind::socks5, 1080},
                                         {"socks5h", ProxyKind::socks5h, 1080}}};
constexpr std::size_t credential_size_maximum = 255;  // RFC 1929 has one byte for the length

Error invalid(std::string_view rule) {
  return Error{ErrorKind::invalid, "proxy: " + std::string(rule)};
}

const Scheme* find_scheme(std::string_view name) {
  const auto* const found = std::ranges::find_if(schemes, [name](const Scheme& scheme) {
    return name.size() == scheme.name.size() &&
           std::ranges::equal(name, scheme.name, {}, http::to_lower);
  });
  return found == schemes.end() ? nullptr : found;
}

/// RFC 3986 section 2.1.
Result<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const auto value = http::parse_hexadecimal(text.substr(i + 1, 2));
    if (!value || i + 2 >= text.size()) {
      return invalid("in user and password, % is followed by two hexadecimal digits; write %25");
    }
    decoded += static_cast<char>(*value);
    i += 2;
  }
  return decoded;
}

bool is_credential(std::string_view text) {
  return text.size() <= credential_size_maximum && std::ranges::none_of(text, [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
         });
}

/// The default port is given with the address, which has another one of its own.
Result<void> read_place(std::string_view place, std::uint16_t default_port, Proxy& proxy) {
  const bool has_port =
      place.find(':', place.rfind(']') == std::string_view::npos ? 0 : place.rfind(']')) !=
      std::string_view::npos;
  auto address = tunnel::EdgeAddress::parse(place);
  if (!address) {
    return invalid("its host and port cannot be read; write http://proxy.corp.internal:3128");
  }
  proxy.host = std::move(address->host);
  proxy.port = has_port ? address->port : default_port;
  return {};
}

}  // namespace

Result<ProxyCredentials> ProxyCredentials::parse(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos)
    return invalid("user and password are written user:password");
  ProxyCredentials credentials{std::string(text.substr(0, colon)),
                               std::string(text.substr(colon + 1))};
  if (credentials.user.empty()) return invalid("the user before the colon is missing");
  if (!is_credential(credentials.user) || !is_credential(credentials.password)) {
    return invalid("user and password are at most 255 bytes each, on one line");
  }
  return credentials;
}

Result<Proxy> Proxy::parse(std::string_view url) {
  Proxy proxy;
  const Scheme* scheme = schemes.data();
  if (const std::size_t end = url.find("://"); end != std::string_view::npos) {
    scheme = find_scheme(url.substr(0, end));
    if (scheme == nullptr) {
      return invalid("the scheme is none of http://, https://, socks5:// and socks5h://");
    }
    url.remove_prefix(end + 3);
  }
  proxy.kind = scheme->kind;
  // A password may hold an unescaped @; a host does not.
  if (const std::size_t at = url.rfind('@'); at != std::string_view::npos) {
    const std::string_view userinfo = url.substr(0, at);
    const std::size_t colon = std::min(userinfo.find(':'), userinfo.size());
    OUTHAUL_TRY(user, percent_decoded(userinfo.substr(0, colon)));
    OUTHAUL_TRY(password, percent_decoded(userinfo.substr(std::min(colon + 1, userinfo.size()))));
    if (user.find(':') != std::string::npos) return invalid("the user must not have a colon");
    OUTHAUL_TRY(credentials, ProxyCredentials::parse(user + ":" + password));
    proxy.credentials = std::move(credentials);
    url.remove_prefix(at + 1);
  }
  if (url.ends_with('/')) url.remove_suffix(1);
  OUTHAUL_CHECK(read_place(url, scheme->port, proxy));
  return proxy;
}

std::string Proxy::to_string() const {
  const auto* const scheme = std::ranges::find(schemes, kind, &Scheme::kind);
  return std::string(scheme->name) + "://" +
         tunnel::EdgeAddress{.host = host, .port = port}.to_string();
}

}  // namespace outhaul::agent
