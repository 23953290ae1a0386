#include "common/async/loop.h"

#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/async/sleep.h"
#include "tests/support/run_task.h"

using namespace outhaul;
using namespace std::chrono_literals;

namespace {

class Note final : public Runnable {
 public:
  Note(std::vector<int>& notes, int value) : notes_(notes), value_(value) {}
  void run() override { notes_.push_back(value_); }

 private:
  std::vector<int>& notes_;
  int value_;
};

class NoteTimer final : public Timer {
 public:
  NoteTimer(std::vector<int>& notes, int value) : notes_(notes), value_(value) {}
  void expired() override { notes_.push_back(value_); }

 private:
  std::vector<int>& notes_;
  int value_;
};

class CountingHandler final : public FdHandler {
 public:
  void on_fd_events(std::uint32_t) override {
    ++count;
    if (victim) loop->remove(victim_fd, *victim);
  }
  int count = 0;
  Loop* loop = nullptr;
  CountingHandler* victim = nullptr;
  int victim_fd = -1;
};

Task<void> sleeper(Loop& loop, std::vector<int>& order, Duration delay, int value) {
  co_await sleep_for(loop, delay);
  order.push_back(value);
}

Task<void> two_sleepers(Loop& loop, std::vector<int>& order) {
  Scope scope(loop);
  scope.spawn(sleeper(loop, order, 20ms, 2));
  scope.spawn(sleeper(loop, order, 1ms, 1));
  co_await scope.drained();
}

}  // namespace

TEST_CASE("the end-of-turn queue runs after everything that is ready") {
  Loop loop;
  std::vector<int> notes;
  Note last(notes, 3);
  Note first(notes, 1);
  Note second(notes, 2);
  loop.at_end_of_turn(last);
  loop.ready(first);
  loop.ready(second);
  loop.ready(second);
  loop.run_turn(0ns);
  CHECK(notes == std::vector<int>{1, 2, 3});
}

TEST_CASE("a destroyed runnable is not run") {
  Loop loop;
  std::vector<int> notes;
  {
    Note gone(notes, 1);
    loop.ready(gone);
  }
  loop.run_turn(0ns);
  CHECK(notes.empty());
}

TEST_CASE("timers run in order of their deadlines, cancelled and moved ones as asked") {
  Loop loop;
  std::vector<int> notes;
  NoteTimer now(notes, 1);
  NoteTimer cancelled(notes, 2);
  NoteTimer moved(notes, 3);
  now.arm(loop, 0ns);
  cancelled.arm(loop, 0ns);
  cancelled.cancel();
  moved.arm(loop, 0ns);
  moved.arm(loop, 1h);
  loop.run_turn(0ns);
  CHECK(notes == std::vector<int>{1});
  CHECK(moved.armed());
  CHECK_FALSE(now.armed());
}

TEST_CASE("sleeping tasks wake in the order of their delays") {
  Loop loop;
  std::vector<int> order;
  testing::run_task(loop, two_sleepers(loop, order));
  CHECK(order == std::vector<int>{1, 2});
}

TEST_CASE("work posted from another thread runs on the loop") {
  Loop loop;
  std::thread::id ran_on;
  std::thread poster([&] {
    loop.post([&] {
      ran_on = std::this_thread::get_id();
      loop.stop();
    });
  });
  loop.run();
  poster.join();
  CHECK(ran_on == std::this_thread::get_id());
}

TEST_CASE("an event collected for a handler that was removed in the same turn is dropped") {
  Loop loop;
  const int first = eventfd(1, EFD_NONBLOCK);
  const int second = eventfd(1, EFD_NONBLOCK);
  CountingHandler a;
  CountingHandler b;
  loop.add(first, EPOLLIN | EPOLLET, a);
  loop.add(second, EPOLLIN | EPOLLET, b);
  a.loop = b.loop = &loop;
  a.victim = &b;
  a.victim_fd = second;
  b.victim = &a;
  b.victim_fd = first;
  loop.run_turn(0ns);
  CHECK(a.count + b.count == 1);
  close(first);
  close(second);
}
