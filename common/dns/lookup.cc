#include "common/dns/lookup.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "common/async/readiness.h"
#include "common/async/timer.h"

namespace outhaul::dns {

namespace {

// Waits that end in one turn share a timer list.
constexpr Duration patience_step = std::chrono::milliseconds(5);

/// What wakes a lookup: an answer, or the end of its patience.
class Wake final : public Timer {
 public:
  explicit Wake(Loop& loop) : queue_(loop) {}
  WaitQueue::Awaiter wait() { return queue_.wait(); }
  void notify() { queue_.wake_all(); }

 private:
  void expired() override { notify(); }
  WaitQueue queue_;
};

/// One family of a lookup.
class Side final : public View::Waiting {
 public:
  Side(Loop& loop, View& view, Question question, Wake& wake)
      : loop_(loop), view_(view), question_(std::move(question)), wake_(wake) {}

  void ask() {
    View::Asked asked = view_.ask(question_, *this);
    in_flight_ = asked.in_flight;
    sent_ = asked.sent;
    failing_ = asked.cached.failing;
    switch (asked.cached.state) {
      case Cache::State::fresh:
        remaining_s_ = asked.cached.remaining_s;
        return settle(Source::cache, std::move(asked.cached.answer));
      case Cache::State::failed:
        return settle(Source::cache, std::move(asked.cached.answer));
      case Cache::State::stale:
        stale_ = std::move(asked.cached.answer);
        if (!in_flight_) settle_stale();
        return;
      case Cache::State::miss:
        break;
    }
    if (!in_flight_) settle(Source::server, overflow());
  }

  bool settled() const { return answer_ != nullptr; }
  bool has_addresses() const { return settled() && !answer_->addresses.empty(); }
  bool from_cache() const { return source_ == Source::cache || source_ == Source::stale; }
  bool failing() const { return failing_; }
  TimePoint sent() const { return sent_; }
  TimePoint settled_at() const { return settled_at_; }
  bool has_stale() const { return stale_ != nullptr; }

  void settle_stale() {
    unlink();
    view_.count_stale_use();
    settle(Source::stale, stale_);
  }

  FamilyReport report() const {
    FamilyReport report{question_.type, source_, {}};
    if (!settled()) return report;
    report.answer = *answer_;
    if (source_ == Source::cache && answer_->conclusive()) limit_ttl(report.answer, remaining_s_);
    if (source_ == Source::stale) limit_ttl(report.answer, 0);
    return report;
  }

 private:
  void answered(std::shared_ptr<const Answer> answer) override {
    const bool stands_in = stale_ && !answer->conclusive();
    if (stands_in) {
      settle_stale();
    } else {
      settle(Source::server, std::move(answer));
    }
    wake_.notify();
  }

  void settle(Source source, std::shared_ptr<const Answer> answer) {
    source_ = source;
    answer_ = std::move(answer);
    settled_at_ = loop_.now();
  }

  static void limit_ttl(Answer& answer, std::uint32_t ttl_s) {
    answer.ttl_s = std::min(answer.ttl_s, ttl_s);
    for (Address& address : answer.addresses)
      address.ttl_s = std::min(address.ttl_s, ttl_s);
    for (ServiceRecord& service : answer.services)
      service.ttl_s = std::min(service.ttl_s, ttl_s);
  }

  static std::shared_ptr<const Answer> overflow() {
    Answer answer;
    answer.kind = AnswerKind::failure;
    answer.detail = "too many DNS questions in flight; the servers are slow or overloaded";
    return std::make_shared<const Answer>(std::move(answer));
  }

  Loop& loop_;
  View& view_;
  Question question_;
  Wake& wake_;
  bool in_flight_ = false;
  bool failing_ = false;
  TimePoint sent_;
  std::shared_ptr<const Answer> stale_;
  Source source_ = Source::pending;
  std::shared_ptr<const Answer> answer_;
  std::uint32_t remaining_s_ = 0;
  TimePoint settled_at_;
};

TimePoint stale_after(const Side& side, const Limits& limits) {
  return side.failing() ? side.sent() : side.sent() + limits.stale_delay;
}

/// Until when an unsettled family is waited for, given that the other one has addresses.
TimePoint waited_for_until(const Side& side, const Side& other, const Limits& limits) {
  if (side.failing()) return other.settled_at();
  // A question that an earlier lookup has been waiting for is not waited for all over again.
  const TimePoint begin = other.from_cache() ? side.sent() : other.settled_at();
  return begin + limits.resolution_delay;
}

/// Settles `side` with its stale answer if it is time; else moves `wake_at` to when it will be.
void replace_by_stale(Side& side, const Limits& limits, TimePoint now, TimePoint& wake_at) {
  if (side.settled() || !side.has_stale()) return;
  const TimePoint until = stale_after(side, limits);
  if (now >= until) {
    side.settle_stale();
  } else {
    wake_at = std::min(wake_at, until);
  }
}

/// Whether the lookup need not wait for `side`; else moves `wake_at` to when it need not.
bool satisfied(const Side& side, const Side* other, const Limits& limits, TimePoint now,
               TimePoint& wake_at) {
  if (side.settled()) return true;
  if (other == nullptr || !other->has_addresses()) return false;
  const TimePoint until = waited_for_until(side, *other, limits);
  if (now >= until) return true;
  wake_at = std::min(wake_at, until);
  return false;
}

bool wants(FamilyPreference preference, RecordType type) {
  if (preference == FamilyPreference::v4_only) return type == RecordType::a;
  if (preference == FamilyPreference::v6_only) return type == RecordType::aaaa;
  return true;
}

Duration rounded_up(Duration delay) {
  return (delay + patience_step - Duration(1)) / patience_step * patience_step;
}

}  // namespace

Task<Outcome> look_up(Loop& loop, std::shared_ptr<View> view, const Limits& limits,
                      std::string name, FamilyPreference preference) {
  Wake wake(loop);
  std::optional<Side> v6;
  std::optional<Side> v4;
  if (wants(preference, RecordType::aaaa)) {
    v6.emplace(loop, *view, Question{name, RecordType::aaaa}, wake);
    v6->ask();
  }
  if (wants(preference, RecordType::a)) {
    v4.emplace(loop, *view, Question{name, RecordType::a}, wake);
    v4->ask();
  }
  Side* const six = v6 ? &*v6 : nullptr;
  Side* const four = v4 ? &*v4 : nullptr;
  while (true) {
    TimePoint wake_at = TimePoint::max();
    if (six) replace_by_stale(*six, limits, loop.now(), wake_at);
    if (four) replace_by_stale(*four, limits, loop.now(), wake_at);
    const bool six_done = !six || satisfied(*six, four, limits, loop.now(), wake_at);
    const bool four_done = !four || satisfied(*four, six, limits, loop.now(), wake_at);
    if (six_done && four_done) break;
    wake.cancel();
    if (wake_at != TimePoint::max()) wake.arm(loop, rounded_up(wake_at - loop.now()));
    co_await wake.wait();
  }
  std::vector<FamilyReport> reports;
  if (six) reports.push_back(six->report());
  if (four) reports.push_back(four->report());
  co_return make_outcome(std::move(name), std::move(reports), preference);
}

Task<FamilyReport> look_up_record(Loop& loop, std::shared_ptr<View> view, const Limits& limits,
                                  Question question) {
  Wake wake(loop);
  Side side(loop, *view, std::move(question), wake);
  side.ask();
  while (!side.settled()) {
    TimePoint wake_at = TimePoint::max();
    replace_by_stale(side, limits, loop.now(), wake_at);
    if (side.settled()) break;
    wake.cancel();
    if (wake_at != TimePoint::max()) wake.arm(loop, rounded_up(wake_at - loop.now()));
    co_await wake.wait();
  }
  co_return side.report();
}

}  // namespace outhaul::dns
