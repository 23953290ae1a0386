#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "tests/support/wan/tun_device.h"

namespace outhaul::wan {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;

/// What one direction does to packets. Probabilities from 0 to 1.
struct Conditions {
  std::chrono::nanoseconds delay{0};
  /// Up to so much more delay, evenly distributed; packets keep their order.
  std::chrono::nanoseconds jitter{0};
  double loss = 0;
  /// Delivered twice.
  double duplicate = 0;
  /// Delivered without delay, so before those that were sent earlier.
  double reorder = 0;
  /// Bits a second; 0 is without limit.
  double rate = 0;
  /// Bytes that wait for the rate; more are dropped. 0: what the rate moves in 100 ms, at least
  /// 64 KiB.
  std::size_t queue = 0;
  /// Larger packets disappear without an ICMP message. 0: none.
  std::size_t mtu_hole = 0;
  /// Everything disappears; what is on its way still arrives.
  bool black_hole = false;
};

/// Packets. read = delivered (duplicates not counted) + lost + queue_full + black_hole + too_large
/// + waiting + refused.
struct Counters {
  std::uint64_t read = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t delivered = 0;
  std::uint64_t bytes_delivered = 0;
  std::uint64_t lost = 0;
  std::uint64_t queue_full = 0;
  std::uint64_t black_hole = 0;
  std::uint64_t too_large = 0;
  std::uint64_t duplicated = 0;
  std::uint64_t reordered = 0;
  std::uint64_t refused = 0;  // by the interface they were for
};

/// One direction: takes what one interface sends and gives it to the other, later or never.
class Link {
 public:
  Link(TunDevice& from, TunDevice& to, std::uint64_t seed) : from_(from), to_(to), random_(seed) {}

  /// Reads what waits, up to a batch; true if there may be more.
  bool take(Time now);
  /// Writes what is due.
  void deliver(Time now);
  /// When the next packet is due.
  std::optional<Time> next() const;

  Conditions& conditions() { return conditions_; }
  const Counters& counters() const { return counters_; }
  std::size_t waiting() const { return on_the_way_.size(); }

 private:
  using Packet = std::vector<std::byte>;
  struct Sent {
    Time due;
    Packet packet;
  };

  bool happens(double probability);
  void send(Time now, Packet packet);
  /// When the packet has left at the rate; nothing if the queue is full.
  std::optional<Time> departure(Time now, std::size_t size);
  void write(const Packet& packet);
  Packet spare();
  void keep(Packet packet);

  TunDevice& from_;
  TunDevice& to_;
  std::mt19937_64 random_;
  Conditions conditions_;
  Counters counters_;
  std::deque<Sent> on_the_way_;  // in the order of `due`
  std::vector<Packet> spare_;
  Time free_at_{};  // when the rate has moved everything before
};

}  // namespace outhaul::wan
