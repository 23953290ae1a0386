#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ip_address.h"

namespace outhaul::dns {

/// The names of a hosts file (man 5 hosts). Lines with an address or names that are not valid are
/// skipped, like everywhere. At most 64 addresses a name.
class HostsFile {
 public:
  static HostsFile parse(std::string_view text);

  /// Addresses of a canonical name in the order of the file; null if it is not there.
  const std::vector<IpAddress>* find(const std::string& name) const;
  std::size_t size() const { return addresses_.size(); }

 private:
  std::map<std::string, std::vector<IpAddress>> addresses_;
};

}  // namespace outhaul::dns
