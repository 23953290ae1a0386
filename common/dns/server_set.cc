#include "common/dns/server_set.h"

#include <cassert>
#include <charconv>
#include <utility>

#include "common/dns/resolver_limits.h"

namespace outhaul::dns {

namespace {

Error invalid(std::string_view text) {
  return {ErrorKind::invalid, "DNS server \"" + std::string(text.substr(0, 64)) +
                                  "\" is not an address; write 10.0.0.53, 10.0.0.53:5353, "
                                  "fd00::53 or [fd00::53]:5353"};
}

bool parse_port(std::string_view text, std::uint16_t& port) {
  const char* end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(text.data(), end, port);
  return status == std::errc() && stop == end && port != 0;
}

}  // namespace

Result<ServerAddress> ServerAddress::parse(std::string_view text) {
  std::string_view host = text;
  ServerAddress server;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return invalid(text);
    host = text.substr(1, close - 1);
    const std::string_view rest = text.substr(close + 1);
    if (!rest.empty() && (rest.front() != ':' || !parse_port(rest.substr(1), server.port))) {
      return invalid(text);
    }
    auto ip = IpAddress::parse_v6(host);
    if (!ip) return invalid(text);
    server.ip = *ip;
    return server;
  }
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos) {
    host = text.substr(0, colon);
    if (!parse_port(text.substr(colon + 1), server.port)) return invalid(text);
  }
  auto ip = IpAddress::parse(host);
  if (!ip) return invalid(text);
  server.ip = *ip;
  return server;
}

std::string ServerAddress::to_string() const {
  const std::string host = ip.is_v6() ? "[" + ip.to_string() + "]" : ip.to_string();
  return host + ":" + std::to_string(port);
}

ServerSet ServerSet::of(std::vector<ServerAddress> servers) {
  assert(!servers.empty());
  if (servers.size() > max_servers) servers.resize(max_servers);
  ServerSet set;
  set.servers_ = std::move(servers);
  return set;
}

ServerSet ServerSet::of_suffix(std::string suffix, std::vector<ServerAddress> servers) {
  ServerSet set = of(std::move(servers));
  set.suffix_ = std::move(suffix);
  return set;
}

std::string ServerSet::to_string() const {
  if (is_system()) return "system";
  std::string text = suffix_.empty() ? std::string() : suffix_ + "=";
  for (const ServerAddress& server : servers_) {
    if (server != servers_.front()) text += ",";
    text += server.to_string();
  }
  return text;
}

}  // namespace outhaul::dns
