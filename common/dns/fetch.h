#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "common/async/loop.h"
#include "common/async/timer.h"
#include "common/dns/answer.h"
#include "common/dns/resolver_limits.h"
#include "common/dns/server_pool.h"

namespace outhaul::dns {

/// One question on its way through the servers of a set.
///
/// A try goes out at once and then whenever the last one stayed silent for `try_every`; a server
/// that fails or is unreachable hands over to the next one without waiting. Earlier tries stay
/// open, so a slow answer is still an answer. It ends with the first conclusive answer, when every
/// server has failed, or after Limits::total.
class Fetch {
 public:
  class Owner {
   public:
    /// Called once, from the loop's ready queue or its timers. The fetch must not be destroyed
    /// inside the call.
    virtual void fetched(Fetch& fetch, Answer answer) = 0;

   protected:
    ~Owner() = default;
  };

  /// `pool` must stay until the fetch is destroyed or restarted on another.
  Fetch(Loop& loop, Question question, ServerPool& pool, const Limits& limits, Owner& owner);
  Fetch(const Fetch&) = delete;
  Fetch& operator=(const Fetch&) = delete;
  ~Fetch();

  /// Begins; the end is never reported from inside.
  void start();
  /// Forgets all tries and begins again on other servers; the total time goes on.
  void restart(ServerPool& pool);

  const Question& question() const { return question_; }
  TimePoint started() const { return started_; }

 private:
  class Try;
  class Pace final : public Timer {
   public:
    explicit Pace(Fetch& fetch) : fetch_(fetch) {}

   private:
    void expired() override { fetch_.on_silence(); }
    Fetch& fetch_;
  };
  class Limit final : public Timer {
   public:
    explicit Limit(Fetch& fetch) : fetch_(fetch) {}

   private:
    void expired() override { fetch_.give_up(); }
    Fetch& fetch_;
  };
  enum class Verdict : unsigned char { open, failed, unreachable };

  void use(ServerPool& pool);
  void next_try();
  void send_to(std::size_t server);
  void on_delivered(Try& attempt, Delivery delivery, Bytes message);
  void on_answer(Try& attempt, Answer answer);
  void on_silence();
  void go_on(Try& attempt, Verdict verdict, std::string detail);
  void give_up();
  void finish(Answer answer);

  Loop& loop_;
  Question question_;
  ServerPool* pool_;
  const Limits& limits_;
  Owner& owner_;
  TimePoint started_;
  bool finished_ = false;

  std::vector<Server*> servers_;
  /// The latest word of each server, by index of `servers_`.
  std::vector<Verdict> verdicts_;
  std::vector<std::unique_ptr<Try>> tries_;
  /// Tries so far, without the repetitions that dropping EDNS costs.
  std::size_t turn_ = 0;
  /// What to report if nothing better comes.
  Answer failure_;
  Pace pace_{*this};
  Limit limit_{*this};
};

}  // namespace outhaul::dns
