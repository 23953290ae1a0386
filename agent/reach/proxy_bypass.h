#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ip_address.h"
#include "common/base/result.h"
#include "common/tunnel/edge_address.h"

namespace outhaul::agent {

/// What is reached without a proxy: the entries of NO_PROXY or --no-proxy.
class ProxyBypass {
 public:
  /// Adds one entry, of which each may end in `:port`:
  ///
  ///   *                              everything
  ///   example.net, .example.net      this name and all below it; *.example.net is the same
  ///   10.0.0.7, [fd00::7]            this address, where the edge is given as one
  ///   10.0.0.0/8, fd00::/8           each address of the range
  ///
  /// Error kind `invalid`.
  Result<void> add(std::string_view entry);

  /// Whether this edge is reached directly. A name is compared as it is written: nothing is
  /// resolved for that.
  bool covers(const tunnel::EdgeAddress& edge) const;

 private:
  struct Entry {
    bool everything = false;
    std::optional<IpAddress> address;
    int prefix_length = 0;
    std::string name;
    std::optional<std::uint16_t> port;
  };
  static Result<void> read_range(std::string_view text, Entry& entry);
  static bool matches(const Entry& entry, const tunnel::EdgeAddress& edge);

  std::vector<Entry> entries_;
};

}  // namespace outhaul::agent
