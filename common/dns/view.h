#pragma once

#include <map>
#include <memory>
#include <vector>

#include "common/async/loop.h"
#include "common/async/runnable.h"
#include "common/base/intrusive_list.h"
#include "common/dns/answer.h"
#include "common/dns/cache.h"
#include "common/dns/fetch.h"
#include "common/dns/resolver_limits.h"
#include "common/dns/server_pool.h"
#include "common/dns/statistics.h"

namespace outhaul::dns {

/// The names as one server set sees them: its servers, its cache and its questions in flight.
///
/// It owns the fetches. Whoever waits for one is a Waiting object in a list; destroying it unlinks
/// it, and the fetch goes on for the cache.
class View final : private Fetch::Owner {
 public:
  class Waiting : public ListNode {
   public:
    /// The question has its answer. From the loop; must not run coroutines or destroy the view.
    virtual void answered(std::shared_ptr<const Answer> answer) = 0;

   protected:
    ~Waiting() = default;
  };

  struct Asked {
    Cache::Found cached;
    /// True when `waiting` was linked: answered() will be called.
    bool in_flight = false;
    /// When that question was sent.
    TimePoint sent;
  };

  View(Loop& loop, ServerSet set, ServerSettings settings, const Limits& limits);
  View(const View&) = delete;
  View& operator=(const View&) = delete;
  ~View();

  /// Looks into the cache and asks the servers, or joins who asked already, when it does not settle
  /// the question. Hot names are asked again without anybody waiting.
  Asked ask(const Question& question, Waiting& waiting);

  /// Other servers from now on: the cache is emptied, questions in flight begin again with them.
  /// No effect when nothing changed.
  void use(ServerSettings settings);

  void count_stale_use() { ++statistics_.stale_uses; }
  const ServerSet& set() const { return set_; }
  SetStatistics statistics() const;
  /// Questions in flight.
  std::size_t fetches() const { return flights_.size(); }

 private:
  struct Flight {
    std::unique_ptr<Fetch> fetch;
    IntrusiveList<Waiting> waiting;
  };
  class Sweep final : public Runnable {
   public:
    explicit Sweep(View& view) : view_(view) {}
    void run() override { view_.finished_.clear(); }

   private:
    View& view_;
  };

  Flight* fly(const Question& question);
  void fetched(Fetch& fetch, Answer answer) override;
  Duration failure_ttl(const Question& question) const;

  Loop& loop_;
  ServerSet set_;
  const Limits& limits_;
  std::unique_ptr<ServerPool> pool_;
  Cache cache_;
  std::map<Question, Flight> flights_;
  /// Ended, and destroyed when nothing of them is on the stack.
  std::vector<std::unique_ptr<Fetch>> finished_;
  Sweep sweep_{*this};
  Statistics statistics_;
};

}  // namespace outhaul::dns
