#include "common/tunnel/listen_address.h"

#include <unistd.h>

#include "common/tunnel/port.h"

namespace outhaul::tunnel {

namespace {

constexpr std::string_view unix_prefix = "unix:";

Error invalid(std::string_view text, std::string_view problem) {
  return Error{ErrorKind::invalid, "\"" + std::string(text) + "\": " + std::string(problem)};
}

Result<net::SocketAddress> parse_either(std::string_view text) {
  if (!text.starts_with(unix_prefix)) return parse_listen_address(text);
  const std::string_view path = text.substr(unix_prefix.size());
  if (path.empty()) return invalid(text, "the path is empty; write unix:/run/outhaul/status.sock");
  auto address = net::SocketAddress::unix_path(path);
  if (!address) return invalid(text, address.error().message);
  return address;
}

Result<net::SocketAddress> default_address(const std::string& directory) {
  return net::SocketAddress::unix_path(directory + "/status.sock");
}

}  // namespace

Result<net::SocketAddress> parse_listen_address(std::string_view text) {
  constexpr std::string_view form = "write ADDRESS:PORT, as in 0.0.0.0:7844 or [::]:7844";
  const bool bracketed = text.starts_with('[');
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || (bracketed && text[colon - 1] != ']')) {
    return invalid(text, form);
  }
  const std::string_view host = bracketed ? text.substr(1, colon - 2) : text.substr(0, colon);
  const auto address = bracketed ? IpAddress::parse_v6(host) : IpAddress::parse_v4(host);
  if (!address) return invalid(text, form);
  const auto port = parse_port(text.substr(colon + 1));
  if (!port) return invalid(text, port.error().message);
  return net::SocketAddress(*address, *port);
}

Result<http::StatusListening> parse_status_listen(std::span<const std::string> texts,
                                                  const std::string& default_directory) {
  http::StatusListening listening;
  if (texts.size() == 1 && texts.front() == "none") return listening;
  for (const std::string& text : texts) {
    OUTHAUL_TRY(address, parse_either(text));
    listening.addresses.push_back(address);
  }
  if (texts.empty() && ::access(default_directory.c_str(), W_OK | X_OK) == 0) {
    OUTHAUL_TRY(address, default_address(default_directory));
    listening.addresses.push_back(address);
    listening.by_default = true;
  }
  return listening;
}

Result<net::SocketAddress> parse_status_address(std::span<const std::string> texts,
                                                const std::string& default_directory) {
  return texts.empty() ? default_address(default_directory) : parse_either(texts.front());
}

}  // namespace outhaul::tunnel
