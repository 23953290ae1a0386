#include "agent/origins/process_use.h"

#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "agent/origins/connection_slot.h"

using namespace outhaul;
using namespace outhaul::agent;

namespace {

void use_up(ServiceUse& use, std::uint32_t limit) {
  for (int i = 0; i < 20000; ++i) {
    if (take_one(use.requests, limit)) give_one_back(use.requests);
  }
}

}  // namespace

TEST_CASE("a service has one count, for as long as somebody knows it") {
  ProcessUse process;
  const Uuid service = Uuid::random();
  std::shared_ptr<ServiceUse> use = process.of(service);
  CHECK(process.of(service) == use);
  CHECK(process.of(Uuid::random()) != use);
  use->requests = 3;
  use.reset();
  CHECK(process.of(service)->requests == 0);
}

TEST_CASE("threads that take and give back leave the count as it was") {
  ProcessUse process;
  const auto use = process.of(Uuid::random());
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&use] { use_up(*use, 2); });
  for (std::thread& thread : threads)
    thread.join();
  CHECK(use->requests == 0);
}

TEST_CASE(
    "a connection counts in the process, in its pool and for its service; a refused one not") {
  ProcessUse process;
  const auto use = process.of(Uuid::random());
  const auto other = process.of(Uuid::random());
  std::size_t pool = 0;
  std::size_t other_pool = 0;
  {
    auto first = ConnectionSlot::take(pool, process, 2, use, 1);
    REQUIRE(first);
    CHECK_FALSE(ConnectionSlot::take(other_pool, process, 2, use, 1));
    auto second = ConnectionSlot::take(other_pool, process, 2, other, 9);
    REQUIRE(second);
    CHECK_FALSE(ConnectionSlot::take(pool, process, 2, other, 9));
    CHECK(pool == 1);
    CHECK(other_pool == 1);
    CHECK(process.connections == 2);
    CHECK(use->connections == 1);
    CHECK(other->connections == 1);
    const ConnectionSlot moved = *std::move(first);
    CHECK(process.connections == 2);
  }
  CHECK(pool == 0);
  CHECK(other_pool == 0);
  CHECK(process.connections == 0);
  CHECK(use->connections == 0);
  CHECK(other->connections == 0);
}
