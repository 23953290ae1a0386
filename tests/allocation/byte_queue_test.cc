#include "common/base/byte_queue.h"

#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "tests/support/failing_allocation.h"

namespace outhaul {
namespace {

// Queues die in destructors, where std::bad_alloc would end the process.
TEST_CASE("giving back blocks allocates nothing, not even the first of a thread") {
  bool allocated = true;
  std::thread([&allocated] {
    ByteQueue queue;
    queue.append(as_bytes(std::string(3 * ByteQueue::block_size, 'x')));
    const testing::FailingAllocation failing(testing::Allocator::operator_new, 0);
    queue.clear();
    allocated = failing.happened();
  }).join();
  CHECK_FALSE(allocated);
}

}  // namespace
}  // namespace outhaul
