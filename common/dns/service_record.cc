#include "common/dns/service_record.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <stdexcept>
#include <utility>

#include <openssl/rand.h>

namespace outhaul::dns {

std::uint32_t random_below(std::uint32_t bound) {
  std::array<unsigned char, 8> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    throw std::runtime_error("RAND_bytes failed: the system gives no random numbers");
  }
  std::uint64_t number = 0;
  for (const unsigned char byte : bytes)
    number = number << 8 | byte;
  return static_cast<std::uint32_t>(number % bound);
}

std::vector<ServiceRecord> service_order(std::vector<ServiceRecord> records,
                                         const RandomBelow& random) {
  // Weight 0 in front of its priority: chosen only when the number drawn is 0, "a very small
  // chance", as the RFC has it.
  std::stable_sort(
      records.begin(), records.end(), [](const ServiceRecord& left, const ServiceRecord& right) {
        return left.priority != right.priority ? left.priority < right.priority
                                               : (left.weight == 0 && right.weight != 0);
      });
  for (auto next = records.begin(); next != records.end(); ++next) {
    const auto end = std::find_if(next, records.end(), [&](const ServiceRecord& record) {
      return record.priority != next->priority;
    });
    std::uint32_t total = 0;
    for (auto record = next; record != end; ++record)
      total += record->weight;
    // All of weight 0: any of them, or the first one would get everything.
    const bool even = total == 0;
    const auto count = static_cast<std::uint32_t>(end - next);
    std::uint32_t drawn = even ? random(count) : random(total + 1);
    auto chosen = next;
    while (drawn > (even ? 0U : chosen->weight)) {
      drawn -= even ? 1U : chosen->weight;
      ++chosen;
    }
    std::rotate(next, chosen, chosen + 1);
  }
  return records;
}

}  // namespace outhaul::dns
