#include "common/dns/resolv_conf.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "common/dns/name.h"
#include "common/dns/resolver_limits.h"
#include "common/dns/text_file.h"

namespace outhaul::dns {

namespace {

constexpr std::uint32_t max_option = 5;
constexpr std::uint32_t max_ndots = 15;

ServerAddress local_server() {
  return {IpAddress::from(in_addr{htonl(INADDR_LOOPBACK)}), 53};
}

void take_server(std::string_view text, ResolvConf& conf) {
  auto ip = IpAddress::parse(text.substr(0, text.find('%')));
  if (!ip) {
    conf.warnings.push_back("nameserver \"" + std::string(text.substr(0, 64)) +
                            "\" is not an IP address and is ignored");
    return;
  }
  auto& servers = conf.settings.servers;
  const ServerAddress server{*ip, 53};
  if (std::find(servers.begin(), servers.end(), server) != servers.end()) return;
  if (servers.size() == max_servers) {
    conf.warnings.push_back("nameserver " + server.to_string() + " is ignored: 8 are enough");
    return;
  }
  servers.push_back(server);
}

/// The number of "name:number", or none if `text` is something else.
std::optional<std::uint32_t> option_value(std::string_view text, std::string_view name) {
  if (!text.starts_with(name)) return std::nullopt;
  text.remove_prefix(name.size());
  std::uint32_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(text.data(), end, value);
  if (status != std::errc() || stop != end) return std::nullopt;
  return value;
}

void take_option(std::string_view option, ResolvConf& conf) {
  ServerSettings& settings = conf.settings;
  constexpr std::uint32_t least = 1;
  if (option == "rotate") settings.rotate = true;
  if (option == "use-vc") settings.transport = Transport::tcp;
  if (const auto seconds = option_value(option, "timeout:")) {
    settings.try_every = std::chrono::seconds(std::clamp(*seconds, least, max_option));
  }
  if (const auto tries = option_value(option, "attempts:")) {
    settings.tries = std::clamp(*tries, least, max_option);
  }
  if (const auto dots = option_value(option, "ndots:")) {
    conf.search.ndots = std::min(*dots, max_ndots);
  }
}

void take_search(const std::vector<std::string_view>& words, ResolvConf& conf) {
  conf.search.domains.clear();
  for (std::size_t i = 1; i < words.size(); ++i) {
    auto domain = canonical_name(words[i]);
    if (!domain || conf.search.domains.size() == max_search_domains) continue;
    conf.search.domains.push_back(std::move(*domain));
  }
}

}  // namespace

ResolvConf ResolvConf::parse(std::string_view text) {
  ResolvConf conf;
  for_each_line(text, "#;", [&conf](const std::vector<std::string_view>& words) {
    if (words[0] == "nameserver" && words.size() > 1) take_server(words[1], conf);
    if (words[0] == "options") {
      for (std::size_t i = 1; i < words.size(); ++i)
        take_option(words[i], conf);
    }
    if (words[0] == "search" || words[0] == "domain") take_search(words, conf);
  });
  if (conf.settings.servers.empty()) {
    conf.fallback = true;
    conf.settings.servers.push_back(local_server());
    conf.warnings.emplace_back("it names no server, so 127.0.0.1 is asked; add a nameserver line");
  }
  return conf;
}

ResolvConf read_resolv_conf(const std::string& path) {
  auto text = read_text_file(path);
  if (text) return ResolvConf::parse(*text);
  ResolvConf conf = ResolvConf::parse({});
  conf.warnings.insert(conf.warnings.begin(), std::move(text.error().message));
  return conf;
}

}  // namespace outhaul::dns
