#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <unordered_map>
#include <vector>

#include "agent/network/lookup_preferences.h"
#include "common/async/timer.h"
#include "common/dns/service_record.h"
#include "common/net/dial.h"
#include "common/net/socket_address.h"

namespace outhaul::agent {

/// Each is > 0.
struct AddressMemoryLimits {
  /// How long an address that failed is tried last; doubles with every failure in a row.
  std::chrono::seconds first_penalty{30};
  std::chrono::seconds longest_penalty{600};
  /// How long IPv4 goes first after an IPv6 address stayed silent.
  std::chrono::seconds family_doubt{600};
  /// Addresses remembered; the one that failed longest ago is forgotten first.
  std::size_t entries = 1024;
};

/// Counted since the start, except `remembered`.
struct AddressStatistics {
  std::uint64_t connected = 0;
  std::uint64_t refused = 0;
  std::uint64_t unreachable = 0;
  /// Another address answered first, or none did.
  std::uint64_t silent = 0;
  /// Addresses that were looked after again, and those of them that were back.
  std::uint64_t retried = 0;
  std::uint64_t recovered = 0;
  /// Addresses that failed last time.
  std::uint64_t remembered = 0;
};

/// What dialling has taught about origins' addresses (each with its port), and the order of
/// dialling that follows from it: families alternate (RFC 8305 section 4), equals take turns, and
/// what failed last time comes last. In automatic, IPv6 goes first unless it stayed silent not long
/// ago.
///
/// An address that failed stays last until a retry finds it back: whoever dials in its place should
/// not pay for trying. take_due() says for which addresses it is time.
class AddressMemory final : public net::DialListener {
 public:
  using Clock = std::function<TimePoint()>;
  explicit AddressMemory(const AddressMemoryLimits& limits = {}, Clock clock = LoopClock::now,
                         dns::RandomBelow random = dns::random_below)
      : limits_(limits), clock_(std::move(clock)), random_(std::move(random)) {}
  AddressMemory(const AddressMemory&) = delete;
  AddressMemory& operator=(const AddressMemory&) = delete;
  ~AddressMemory() = default;

  void tried(const net::SocketAddress& address, net::Tried outcome) override;

  /// The order of dialling. `only` families are left out, unless nothing would be left: a service
  /// may name its target by an address. All must be IP addresses.
  std::vector<net::SocketAddress> arrange(std::vector<net::SocketAddress> addresses,
                                          OriginFamily family);
  /// Whether the address failed last time.
  bool has_failed(const net::SocketAddress& address) const;
  /// Those of `addresses` that failed and should be tried again now. Each is handed out once a
  /// penalty; tried() tells how it went.
  std::vector<net::SocketAddress> take_due(const std::vector<net::SocketAddress>& addresses);

  AddressStatistics statistics() const;

 private:
  struct Key {
    IpAddress ip;
    std::uint16_t port = 0;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept;
  };
  struct Failed {
    TimePoint retry_at;
    Duration penalty{};
    bool being_retried = false;
    std::list<Key>::iterator position;
  };

  static Key key_of(const net::SocketAddress& address);
  void forgive(const Key& key);
  void punish(const Key& key);
  bool prefers_v6(OriginFamily family) const;
  /// Begins with another one each time.
  void take_turns(std::vector<net::SocketAddress>& equals);

  AddressMemoryLimits limits_;
  Clock clock_;
  dns::RandomBelow random_;
  std::unordered_map<Key, Failed, KeyHash> failed_;
  /// The one that failed longest ago first.
  std::list<Key> by_age_;
  TimePoint v6_doubted_until_;
  AddressStatistics statistics_;
};

}  // namespace outhaul::agent
