#include "common/dns/fetch.h"

#include <algorithm>
#include <utility>

#include "common/dns/message.h"

namespace outhaul::dns {

class Fetch::Try final : public Query {
 public:
  Try(Fetch& fetch, std::size_t server, Edns edns) : fetch_(fetch), server_(server), edns_(edns) {}

  std::size_t server() const { return server_; }
  Edns edns() const { return edns_; }
  bool open() const { return open_; }

 private:
  void delivered(Delivery delivery, Bytes message) override {
    open_ = false;
    fetch_.on_delivered(*this, delivery, message);
  }

  Fetch& fetch_;
  std::size_t server_;
  Edns edns_;
  bool open_ = true;
};

Fetch::Fetch(Loop& loop, Question question, ServerPool& pool, const Limits& limits, Owner& owner)
    : loop_(loop),
      question_(std::move(question)),
      pool_(&pool),
      limits_(limits),
      owner_(owner),
      started_(loop.now()) {}

Fetch::~Fetch() = default;

void Fetch::start() {
  started_ = loop_.now();
  limit_.arm(loop_, limits_.total);
  use(*pool_);
}

void Fetch::restart(ServerPool& pool) {
  if (finished_) return;
  use(pool);
}

void Fetch::use(ServerPool& pool) {
  pool_ = &pool;
  tries_.clear();
  turn_ = 0;
  failure_ = Answer();
  servers_ = pool.order();
  verdicts_.assign(servers_.size(), Verdict::open);
  next_try();
}

void Fetch::next_try() {
  if (turn_ >= servers_.size() * pool_->tries()) return;
  const std::size_t server = turn_ % servers_.size();
  ++turn_;
  send_to(server);
}

void Fetch::send_to(std::size_t server) {
  Server& asked = *servers_[server];
  verdicts_[server] = Verdict::open;
  auto attempt = std::make_unique<Try>(*this, server, asked.edns());
  Query& query = *attempt;
  tries_.push_back(std::move(attempt));
  pace_.arm(loop_, pool_->try_every());
  asked.send(question_, query);
}

void Fetch::on_silence() {
  if (finished_) return;
  if (!tries_.empty() && tries_.back()->open()) {
    Server& server = *servers_[tries_.back()->server()];
    server.stayed_silent();
    failure_.server = server.address();
  }
  next_try();
}

void Fetch::on_delivered(Try& attempt, Delivery delivery, Bytes message) {
  if (finished_) return;
  Server& server = *servers_[attempt.server()];
  switch (delivery) {
    case Delivery::received: {
      server.answered();
      auto answer = read_reply(message, question_);
      if (answer) {
        answer->server = server.address();
        return on_answer(attempt, std::move(*answer));
      }
      server.failed();
      return go_on(attempt, Verdict::failed, std::move(answer.error().message));
    }
    case Delivery::silent:
      return;
    case Delivery::unreachable:
      server.was_unreachable();
      return go_on(attempt, Verdict::unreachable, "the server is not reachable");
    case Delivery::failed:
      return go_on(attempt, Verdict::unreachable, "the query could not be sent");
  }
}

void Fetch::on_answer(Try& attempt, Answer answer) {
  if (answer.conclusive()) return finish(std::move(answer));
  Server& server = *servers_[attempt.server()];
  if (answer.rcode == "FORMERR" && attempt.edns() == Edns::on) {
    server.disable_edns();
    return send_to(attempt.server());
  }
  server.failed();
  failure_ = std::move(answer);
  go_on(attempt, Verdict::failed, {});
}

void Fetch::go_on(Try& attempt, Verdict verdict, std::string detail) {
  verdicts_[attempt.server()] = verdict;
  if (!detail.empty() && failure_.rcode.empty()) {
    failure_.kind = verdict == Verdict::failed ? AnswerKind::failure : failure_.kind;
    failure_.detail = std::move(detail);
    failure_.server = servers_[attempt.server()]->address();
  }
  const bool all_failed = std::all_of(verdicts_.begin(), verdicts_.end(),
                                      [](Verdict one) { return one == Verdict::failed; });
  if (all_failed) return give_up();
  // Only the latest try hands over: the later ones are the answer to an earlier one's silence.
  if (&attempt != tries_.back().get()) return;
  if (turn_ % servers_.size() != 0) return next_try();
  // A round is over. A server that restarts is back soon, so the next round waits for the pace.
  const bool no_turn_left = turn_ >= servers_.size() * pool_->tries();
  const bool none_open = std::none_of(verdicts_.begin(), verdicts_.end(),
                                      [](Verdict one) { return one == Verdict::open; });
  if (no_turn_left && none_open) give_up();
}

void Fetch::give_up() {
  if (finished_) return;
  if (failure_.kind == AnswerKind::silence && failure_.detail.empty()) {
    failure_.detail = "silence for " + std::to_string(limits_.total.count()) + " ms";
    if (!servers_.empty() && !tries_.empty()) {
      failure_.server = servers_[tries_.back()->server()]->address();
    }
  }
  finish(std::move(failure_));
}

void Fetch::finish(Answer answer) {
  finished_ = true;
  pace_.cancel();
  limit_.cancel();
  owner_.fetched(*this, std::move(answer));
}

}  // namespace outhaul::dns
