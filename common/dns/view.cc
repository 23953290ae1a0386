#include "common/dns/view.h"

#include <utility>

namespace outhaul::dns {

View::View(Loop& loop, ServerSet set, ServerSettings settings, const Limits& limits)
    : loop_(loop),
      set_(std::move(set)),
      limits_(limits),
      pool_(std::make_unique<ServerPool>(loop, std::move(settings), limits)),
      cache_(limits) {}

View::~View() = default;

View::Asked View::ask(const Question& question, Waiting& waiting) {
  Asked asked;
  asked.cached = cache_.find(question, loop_.now());
  switch (asked.cached.state) {
    case Cache::State::fresh:
      ++statistics_.cache_hits;
      if (asked.cached.refresh && !flights_.contains(question) && fly(question) != nullptr) {
        ++statistics_.refreshes;
      }
      return asked;
    case Cache::State::failed:
      ++statistics_.cache_hits;
      return asked;
    case Cache::State::stale:
      if (!asked.cached.refresh) return asked;
      break;
    case Cache::State::miss:
      break;
  }
  ++statistics_.cache_misses;
  const auto known = flights_.find(question);
  Flight* flight = nullptr;
  if (known != flights_.end()) {
    ++statistics_.coalesced;
    flight = &known->second;
  } else {
    flight = fly(question);
  }
  if (flight == nullptr) return asked;
  flight->waiting.push_back(waiting);
  asked.in_flight = true;
  asked.sent = flight->fetch->started();
  return asked;
}

/// Null when too many questions are in flight.
View::Flight* View::fly(const Question& question) {
  if (flights_.size() >= limits_.fetches) {
    ++statistics_.overflows;
    return nullptr;
  }
  ++statistics_.fetches;
  Flight& flight = flights_[question];
  Fetch::Owner& owner = *this;
  flight.fetch = std::make_unique<Fetch>(loop_, question, *pool_, limits_, owner);
  flight.fetch->start();
  return &flight;
}

void View::fetched(Fetch& fetch, Answer answer) {
  const auto position = flights_.find(fetch.question());
  auto shared = std::make_shared<const Answer>(std::move(answer));
  ++statistics_.answers[static_cast<std::size_t>(shared->kind)];
  statistics_.latency.add(loop_.now() - fetch.started());
  cache_.store(fetch.question(), shared, loop_.now(), failure_ttl(fetch.question()));
  while (!position->second.waiting.empty())
    position->second.waiting.pop_front().answered(shared);
  finished_.push_back(std::move(position->second.fetch));
  flights_.erase(position);
  loop_.ready(sweep_);
}

Duration View::failure_ttl(const Question& question) const {
  if (question.type == RecordType::srv) return limits_.failure_ttl;
  Question sibling = question;
  sibling.type = question.type == RecordType::a ? RecordType::aaaa : RecordType::a;
  return cache_.has_addresses(sibling, loop_.now()) ? limits_.failure_ttl_of_sibling
                                                    : limits_.failure_ttl;
}

void View::use(ServerSettings settings) {
  if (settings == pool_->settings()) return;
  auto pool = std::make_unique<ServerPool>(loop_, std::move(settings), limits_);
  cache_.clear();
  for (auto& [question, flight] : flights_)
    flight.fetch->restart(*pool);
  finished_.clear();
  pool_ = std::move(pool);
}

SetStatistics View::statistics() const {
  SetStatistics result{set_, statistics_, {}};
  result.totals.evictions = cache_.evictions();
  result.totals.cache_entries = cache_.size();
  for (const auto& server : pool_->servers())
    result.servers.emplace_back(server->address(), server->statistics());
  return result;
}

}  // namespace outhaul::dns
