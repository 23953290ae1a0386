#include "common/dns/cache.h"

#include <algorithm>
#include <utility>

namespace outhaul::dns {

namespace {

// Used this often since it was fetched: the name is hot.
constexpr std::uint32_t hot_uses = 2;
// The last part of the lifetime in which a hot name is asked again.
constexpr int refresh_divisor = 10;

}  // namespace

Duration Cache::lifetime(const Answer& answer) const {
  const std::chrono::seconds wanted =
      answer.ttl_known ? std::chrono::seconds(answer.ttl_s) : limits_.negative_ttl_default;
  return std::clamp(wanted, limits_.ttl_min, limits_.ttl_max);
}

Cache::Found Cache::find(const Question& question, TimePoint now) {
  const auto position = entries_.find(question);
  if (position == entries_.end()) return {};
  Entry& entry = position->second;
  use_order_.splice(use_order_.end(), use_order_, entry.use_order);

  Found found;
  if (entry.answer && now < entry.expires) {
    ++entry.uses;
    const Duration left = entry.expires - now;
    found.state = State::fresh;
    found.answer = entry.answer;
    found.remaining_s =
        static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(left).count());
    // After a failed refresh the next one waits like any other retry.
    found.refresh = entry.uses >= hot_uses && left <= entry.lifetime / refresh_divisor &&
                    now >= entry.failure_until;
    return found;
  }
  found.failing = entry.failure != nullptr;
  const bool failed_recently = entry.failure && now < entry.failure_until;
  if (is_usable(entry, now)) {
    found.state = State::stale;
    found.answer = entry.answer;
    found.refresh = !failed_recently;
    return found;
  }
  if (failed_recently) {
    found.state = State::failed;
    found.answer = entry.failure;
  }
  return found;
}

// Fresh or stale. "No such name" is not worth keeping alive: whoever added the name would wait for
// it.
bool Cache::is_usable(const Entry& entry, TimePoint now) const {
  return entry.answer && entry.answer->kind == AnswerKind::records &&
         now < entry.expires + limits_.stale_for;
}

bool Cache::has_addresses(const Question& question, TimePoint now) const {
  const auto position = entries_.find(question);
  return position != entries_.end() && is_usable(position->second, now);
}

void Cache::store(const Question& question, std::shared_ptr<const Answer> answer, TimePoint now,
                  Duration failure_ttl) {
  Entry& entry = entry_for(question);
  if (!answer->conclusive()) {
    entry.failure = std::move(answer);
    entry.failure_until = now + failure_ttl;
    return;
  }
  entry.lifetime = lifetime(*answer);
  entry.expires = now + entry.lifetime;
  entry.answer = std::move(answer);
  entry.uses = 0;
  entry.failure.reset();
  entry.failure_until = TimePoint();
}

Cache::Entry& Cache::entry_for(const Question& question) {
  const auto known = entries_.find(question);
  if (known != entries_.end()) return known->second;
  make_room();
  const auto position = entries_.emplace(question, Entry()).first;
  position->second.use_order = use_order_.insert(use_order_.end(), &position->first);
  return position->second;
}

void Cache::make_room() {
  while (entries_.size() >= limits_.cache_entries) {
    const Question* oldest = use_order_.front();
    use_order_.pop_front();
    entries_.erase(entries_.find(*oldest));
    ++evictions_;
  }
}

void Cache::clear() {
  entries_.clear();
  use_order_.clear();
}

}  // namespace outhaul::dns
