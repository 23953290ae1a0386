#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>

#include "common/async/timer.h"
#include "common/dns/answer.h"
#include "common/dns/resolver_limits.h"

namespace outhaul::dns {

/// The answers of one server set. Knows no loop: the time is always given.
class Cache {
 public:
  enum class State : std::uint8_t {
    miss,    ///< nothing of use
    fresh,   ///< `answer` is within its TTL
    stale,   ///< `answer` is past it, but may stand in for a failure
    failed,  ///< `answer` is a failure that is too recent to ask again
  };
  struct Found {
    State state = State::miss;
    std::shared_ptr<const Answer> answer;
    /// Seconds from now until the end of the TTL; 0 unless fresh.
    std::uint32_t remaining_s = 0;
    /// fresh: it is hot and near its end; stale: no attempt failed just now. Time to ask again.
    bool refresh = false;
    /// miss and stale: the last attempt to get an answer failed.
    bool failing = false;
  };

  explicit Cache(const Limits& limits) : limits_(limits) {}

  /// Counts as a use.
  Found find(const Question& question, TimePoint now);
  /// Addresses that are fresh or could stand in for a failure. Does not count as a use.
  bool has_addresses(const Question& question, TimePoint now) const;
  /// A conclusive answer replaces what was there. A failure is only remembered, for `failure_ttl`
  /// (ignored otherwise), and leaves an older answer for stale use.
  void store(const Question& question, std::shared_ptr<const Answer> answer, TimePoint now,
             Duration failure_ttl);
  void clear();

  std::size_t size() const { return entries_.size(); }
  /// Entries that had to go because the cache was full.
  std::uint64_t evictions() const { return evictions_; }
  /// The time that `answer` lives, after clamping.
  Duration lifetime(const Answer& answer) const;

 private:
  struct Entry {
    std::shared_ptr<const Answer> answer;
    TimePoint expires;
    Duration lifetime{};
    std::uint32_t uses = 0;
    std::shared_ptr<const Answer> failure;
    TimePoint failure_until;
    std::list<const Question*>::iterator use_order;
  };
  using Entries = std::map<Question, Entry>;

  Entry& entry_for(const Question& question);
  void make_room();
  bool is_usable(const Entry& entry, TimePoint now) const;

  const Limits& limits_;
  Entries entries_;
  /// Least recently used first; points at the keys of `entries_`.
  std::list<const Question*> use_order_;
  std::uint64_t evictions_ = 0;
};

}  // namespace outhaul::dns
