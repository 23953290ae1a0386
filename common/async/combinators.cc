#include "common/async/combinators.h"

namespace outhaul {

Task<Result<void>> both(Task<Result<void>> first, Task<Result<void>> second) {
  detail::EitherAwaiter either(first, second);
  co_await either;
  const bool first_done = first.done();
  Task<Result<void>>& done = first_done ? first : second;
  Task<Result<void>>& other = first_done ? second : first;
  Result<void> result = done.take();
  if (!result) {
    other.reset();
    co_return result;
  }
  done.reset();
  // The second has not started when the first was done at once.
  detail::RestAwaiter rest(other, !first_done || either.second_started());
  co_await rest;
  co_return other.take();
}

Task<Result<void>> first_of(Task<Result<void>> first, Task<Result<void>> second) {
  detail::EitherAwaiter either(first, second);
  co_await either;
  Task<Result<void>>& done = first.done() ? first : second;
  Task<Result<void>>& other = first.done() ? second : first;
  other.reset();
  co_return done.take();
}

Task<Result<void>> alongside(Task<Result<void>> main, Task<void> side) {
  detail::AlongsideAwaiter awaiter(main, side);
  co_await awaiter;
  if (side.done()) side.take();
  side.reset();
  co_return main.take();
}

}  // namespace outhaul
