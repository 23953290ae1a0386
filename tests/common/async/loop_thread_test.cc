#include "common/async/loop_thread.h"

#include <csignal>
#include <future>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>
#include <pthread.h>

using namespace outhaul;

namespace {

struct Seen {
  std::string name;
  bool blocked = false;
};

Seen look() {
  Seen seen;
  char name[16] = {};
  pthread_getname_np(pthread_self(), name, sizeof name);
  seen.name = name;
  sigset_t mask;
  pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  seen.blocked = sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGUSR2) == 1;
  return seen;
}

}  // namespace

TEST_CASE("the loop runs on a thread with its name, which takes no signals") {
  LoopThread thread("loop-7");
  thread.start([](std::exception_ptr) {});
  std::promise<Seen> promise;
  thread.loop().post([&promise] { promise.set_value(look()); });
  const Seen seen = promise.get_future().get();
  CHECK(seen.name == "loop-7");
  CHECK(seen.blocked);
  CHECK_FALSE(look().blocked);
}

TEST_CASE("what was posted before the start runs, and nothing runs after the stop") {
  LoopThread thread("loop");
  int count = 0;
  thread.loop().post([&count] { ++count; });
  thread.start([](std::exception_ptr) {});
  thread.stop();
  CHECK(count == 1);
  thread.loop().post([&count] { ++count; });
  thread.stop();
  CHECK(count == 1);
}

TEST_CASE("a thread that was never started has nothing to stop") {
  LoopThread thread("loop");
  thread.stop();
  CHECK(true);
}

TEST_CASE("what escapes from the loop is handed on, and the thread can be joined") {
  LoopThread thread("loop");
  std::promise<std::exception_ptr> failure;
  thread.start([&failure](std::exception_ptr escaped) { failure.set_value(escaped); });
  thread.loop().post([] { throw std::logic_error("a bug"); });
  CHECK_THROWS_WITH(std::rethrow_exception(failure.get_future().get()), "a bug");
  thread.stop();
}
