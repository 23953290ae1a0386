#include "agent/origins/proxy_protocol.h"

#include <cstdint>

#include "common/base/bytes.h"
#include "common/base/ip_address.h"
#include "common/http/syntax.h"

namespace outhaul::agent {

namespace {

constexpr std::string_view signature{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr char version_local = 0x20;
constexpr char version_proxy = 0x21;
constexpr char family_none = 0x00;
constexpr char tcp_over_ipv4 = 0x11;
constexpr char tcp_over_ipv6 = 0x21;

void append_number(std::string& text, std::uint16_t number) {
  text += static_cast<char>(number >> 8U);
  text += static_cast<char>(number & 0xffU);
}

void append_address(std::string& text, const IpAddress& address, bool as_v6) {
  if (as_v6 && address.is_v4()) text += std::string_view("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
  text += as_text(address.bytes());
}

}  // namespace

std::string proxy_protocol_v2(const std::optional<net::SocketAddress>& client,
                              const net::SocketAddress& origin) {
  std::string header(signature);
  if (!client || !client->is_ip() || !origin.is_ip()) {
    header += version_local;
    header += family_none;
    append_number(header, 0);
    return header;
  }
  const bool v6 = client->ip().is_v6() || origin.ip().is_v6();
  header += version_proxy;
  header += v6 ? tcp_over_ipv6 : tcp_over_ipv4;
  append_number(header, v6 ? 36 : 12);
  append_address(header, client->ip(), v6);
  append_address(header, origin.ip(), v6);
  append_number(header, client->port());
  append_number(header, origin.port());
  return header;
}

std::optional<net::SocketAddress> parse_client_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return std::nullopt;
  }
  const auto address = IpAddress::parse(host);
  const auto port = http::parse_decimal(text.substr(colon + 1));
  if (!address || !port || *port > 65535) return std::nullopt;
  return net::SocketAddress(*address, static_cast<std::uint16_t>(*port));
}

}  // namespace outhaul::agent
