#include "common/dns/service_record.h"

#include <string>
#include <utility>

#include <doctest/doctest.h>

using namespace outhaul::dns;

namespace {

ServiceRecord record(std::uint16_t priority, std::uint16_t weight, const char* target) {
  return {priority, weight, 80, target, 60};
}

std::string targets(const std::vector<ServiceRecord>& records) {
  std::string text;
  for (const ServiceRecord& one : records)
    text += one.target;
  return text;
}

}  // namespace

TEST_CASE("lower priorities come first, whatever their weight") {
  const auto order = service_order({record(20, 100, "c"), record(10, 0, "b"), record(5, 1, "a")},
                                   [](std::uint32_t bound) { return bound - 1; });
  CHECK(targets(order) == "abc");
}

TEST_CASE("within a priority the number drawn chooses by weight") {
  const std::vector<ServiceRecord> records{record(1, 60, "a"), record(1, 30, "b"),
                                           record(1, 0, "z")};
  std::uint32_t first = 0;
  std::uint32_t asked = 0;
  const auto order = [&](std::uint32_t number) {
    first = number;
    asked = 0;
    return targets(service_order(
        records, [&](std::uint32_t bound) { return asked++ == 0 ? first : bound - 1; }));
  };
  // RFC 2782: running sums 0 (z), 60 (a), 90 (b).
  CHECK(order(0).front() == 'z');
  CHECK(order(1).front() == 'a');
  CHECK(order(60).front() == 'a');
  CHECK(order(61).front() == 'b');
  CHECK(order(90).front() == 'b');
  CHECK(order(90) == "baz");
}

TEST_CASE("records without weight take turns") {
  const std::vector<ServiceRecord> records{record(1, 0, "a"), record(1, 0, "b")};
  CHECK(targets(service_order(records, [](std::uint32_t) { return 0U; })) == "ab");
  CHECK(targets(service_order(records, [](std::uint32_t bound) { return bound - 1; })) == "ba");
}

TEST_CASE("every order has all records, and the system's random numbers are in range") {
  std::vector<ServiceRecord> records;
  for (const char* name : {"a", "b", "c", "d", "e"})
    records.push_back(record(1, 10, name));
  bool other_first = false;
  for (int i = 0; i < 200; ++i) {
    const auto order = service_order(records, random_below);
    CHECK(order.size() == 5);
    other_first = other_first || order.front().target != "a";
  }
  CHECK(other_first);
}
