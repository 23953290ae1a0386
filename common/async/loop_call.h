#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "common/async/loop.h"
#include "common/async/readiness.h"
#include "common/async/scope.h"
#include "common/async/task.h"

namespace outhaul {

namespace detail {

/// A question of one loop to another. `result` is written by the loop that is asked, before it
/// posts; everything else belongs to the loop that asks.
template <typename T>
struct LoopCall {
  explicit LoopCall(Loop& asking) : here(asking), done(asking) {}
  Loop& here;
  std::optional<T> result;
  Readiness done;
};

template <typename T>
void answer(std::shared_ptr<LoopCall<T>> call, T result) {
  call->result.emplace(std::move(result));
  Loop& here = call->here;
  here.post([answered = std::move(call)] { answered->done.set(); });
}

template <typename T>
Task<void> answer_by(std::shared_ptr<LoopCall<T>> call, std::function<Task<T>()> make) {
  Task<T> task = make();
  T result = co_await std::move(task);
  answer(std::move(call), std::move(result));
}

template <typename T>
Task<T> result_of(std::shared_ptr<LoopCall<T>> call) {
  co_await call->done.wait();
  co_return std::move(*call->result);
}

}  // namespace detail

// One loop asks another, each on its own thread. Both loops, and what the function uses on the
// other one, live until neither thread runs any more. Destroying the caller gives the result up;
// what was begun on the other loop runs to its end all the same. A loop that has stopped does not
// answer.

/// Runs `function` on the loop `there` and awaits what it returns, on the loop `here`.
template <typename T>
Task<T> run_on(Loop& here, Loop& there, std::function<T()> function) {
  auto call = std::make_shared<detail::LoopCall<T>>(here);
  there.post([call, ask = std::move(function)] { detail::answer(call, ask()); });
  return detail::result_of(std::move(call));
}

/// The same for a task, which is made and runs there. `tasks` is a scope of the loop `there`, and
/// what destroys its tasks leaves the caller without an answer.
template <typename T>
Task<T> call_on(Loop& here, Loop& there, Scope& tasks, std::function<Task<T>()> make) {
  auto call = std::make_shared<detail::LoopCall<T>>(here);
  there.post(
      [call, &tasks, start = std::move(make)] { tasks.spawn(detail::answer_by(call, start)); });
  return detail::result_of(std::move(call));
}

}  // namespace outhaul
