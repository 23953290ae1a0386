#pragma once

#include <cstddef>

namespace outhaul::testing {

// A program that links failing_allocation.cc has its own operator new and, unless it is built with
// AddressSanitizer, its own malloc, so that the allocations of C libraries can be made to fail and
// are counted, too. Only the thread that makes a FailingAllocation sees failures.

/// Whose allocations fail. malloc includes operator new; with AddressSanitizer it is the same.
enum class Allocator : bool { operator_new, malloc };

/// While it lives, one allocation of this thread fails: the one after `successes` others. operator
/// new throws std::bad_alloc then, malloc returns null.
class FailingAllocation {
 public:
  FailingAllocation(Allocator allocator, std::size_t successes);
  ~FailingAllocation();
  FailingAllocation(const FailingAllocation&) = delete;
  FailingAllocation& operator=(const FailingAllocation&) = delete;

  /// Whether there were that many.
  bool happened() const;
};

/// Allocations of this thread that were not freed yet, minus those of others that it has freed.
std::ptrdiff_t live_allocations();

}  // namespace outhaul::testing
