#include "common/dns/hosts_file.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "common/dns/name.h"
#include "common/dns/resolver_limits.h"
#include "common/dns/text_file.h"

namespace outhaul::dns {

HostsFile HostsFile::parse(std::string_view text) {
  HostsFile file;
  for_each_line(text, "#", [&file](const std::vector<std::string_view>& words) {
    auto ip = IpAddress::parse(words[0].substr(0, words[0].find('%')));
    if (!ip) return;
    for (std::size_t i = 1; i < words.size(); ++i) {
      auto name = canonical_name(words[i]);
      if (!name) continue;
      auto& addresses = file.addresses_[std::move(*name)];
      const bool known = std::find(addresses.begin(), addresses.end(), *ip) != addresses.end();
      if (!known && addresses.size() < max_addresses) addresses.push_back(*ip);
    }
  });
  return file;
}

const std::vector<IpAddress>* HostsFile::find(const std::string& name) const {
  const auto position = addresses_.find(name);
  return position == addresses_.end() ? nullptr : &position->second;
}

}  // namespace outhaul::dns
