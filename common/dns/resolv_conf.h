#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/dns/search_list.h"
#include "common/dns/server_pool.h"

namespace outhaul::dns {

/// The meaning of a resolv.conf (man 5 resolv.conf).
///
/// `nameserver`: IPv4 or IPv6, a %scope is cut off. `options`: timeout:n (1-5 s), attempts:n (1-5),
/// rotate, use-vc, ndots:n (0-15). `search` and `domain`: the last such line counts. edns0 has no
/// effect, because EDNS is always used and dropped where a server does not know it; the others
/// (inet6, single-request, no-tld-query, trust-ad, no-reload...) have none either. Without any
/// usable nameserver it is 127.0.0.1, like in libc.
struct ResolvConf {
  ServerSettings settings;
  /// For who wants names completed.
  SearchList search;
  /// The file names no usable server; 127.0.0.1 is libc's choice.
  bool fallback = false;
  /// What was ignored, one sentence each, for the log.
  std::vector<std::string> warnings;

  static ResolvConf parse(std::string_view text);
};

/// Reads and parses `path`. A file that is missing or unreadable counts as empty, with a warning
/// that says so.
ResolvConf read_resolv_conf(const std::string& path);

}  // namespace outhaul::dns
