#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace outhaul::dns {

/// What bounds name resolution. Set before the resolver starts, never after. Every field's range is
/// > 0 unless it says otherwise.
struct Limits {
  /// One question, all servers and tries together.
  std::chrono::milliseconds total{5000};
  /// Silence after which the next try is made. The earlier tries stay open: a late answer counts.
  std::chrono::milliseconds try_every{1000};
  /// Tries for each server, as far as `total` allows.
  std::uint32_t tries = 3;
  /// How long the addresses of one family wait for the other family (RFC 8305 section 3).
  std::chrono::milliseconds resolution_delay{50};
  /// How long a server that stayed silent is asked last.
  std::chrono::seconds bad_server{30};

  /// Answers live at least (0 allowed) and at most this long, whatever their TTL.
  std::chrono::seconds ttl_min{1};
  std::chrono::seconds ttl_max{300};
  /// Negative answers without an SOA record, which RFC 2308 section 5 would not cache at all.
  std::chrono::seconds negative_ttl_default{5};
  /// A failure (silence, SERVFAIL...) is remembered this long, so that a dead server is not
  /// stormed.
  std::chrono::seconds failure_ttl{1};
  /// The same when the name's other family did resolve: AAAA queries that a firewall swallows must
  /// not delay every connection.
  std::chrono::seconds failure_ttl_of_sibling{30};
  /// An expired answer may stand in for a failure this long after its end.
  std::chrono::seconds stale_for{300};
  /// How long a lookup that has a stale answer waits for a fresh one.
  std::chrono::milliseconds stale_delay{500};

  /// Answers kept for one server set; the least recently used goes first.
  std::size_t cache_entries = 4096;
  /// Questions in flight for one server set; more fail at once.
  std::size_t fetches = 512;
  /// Explicit server sets known at a time; the least recently used is forgotten with its cache.
  std::size_t server_sets = 64;

  /// A channel, and with it its source port, is used for this many queries or this long.
  std::uint32_t channel_queries = 100;
  std::chrono::seconds channel_time{10};
};

/// Addresses of one family taken from an answer; the rest is ignored.
inline constexpr std::size_t max_addresses = 64;
/// SRV records taken from one answer, and targets of those that are resolved; the rest is ignored.
inline constexpr std::size_t max_services = 32;
inline constexpr std::size_t max_service_targets = 8;
/// CNAME records followed in one answer.
inline constexpr std::size_t max_chain = 8;
/// Servers of one set, like MAXNS of libc but more generous; the rest is ignored.
inline constexpr std::size_t max_servers = 8;
/// Domains of a search list; the rest is ignored.
inline constexpr std::size_t max_search_domains = 8;
/// EDNS payload size that is never fragmented (DNS flag day 2020).
inline constexpr int edns_payload_size = 1232;

}  // namespace outhaul::dns
