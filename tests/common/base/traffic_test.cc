#include "common/base/traffic.h"

#include <vector>

#include <doctest/doctest.h>

namespace outhaul {

using namespace std::chrono_literals;

TEST_CASE("a request counts by its status class, its error and its bytes") {
  Traffic traffic;
  traffic.add({.status = 204, .bytes_up = 10, .bytes_down = 20, .first_byte = 1ms, .total = 2ms});
  traffic.add({.status = 502, .error = "connection_refused", .retries = 1, .total = 3ms});
  traffic.add({.error = "client_gone", .total = 4ms});
  CHECK(traffic.requests() == 3);
  CHECK(traffic.statuses == std::array<std::uint64_t, 6>{1, 0, 1, 0, 0, 1});
  CHECK(traffic.errors.at("connection_refused") == 1);
  CHECK(traffic.errors.at("client_gone") == 1);
  CHECK(traffic.bytes_up == 10);
  CHECK(traffic.bytes_down == 20);
  CHECK(traffic.retries == 1);
  CHECK(traffic.total.count == 3);
  // Only one had a response from behind.
  CHECK(traffic.first_byte.count == 1);
}

TEST_CASE("a status outside of the classes counts as none") {
  Traffic traffic;
  traffic.add({.status = 999});
  traffic.add({.status = 0});
  CHECK(traffic.statuses[0] == 2);
}

TEST_CASE("names of errors are bounded") {
  Traffic traffic;
  for (int i = 0; i < 200; ++i) {
    const std::string error = "error_" + std::to_string(i);
    traffic.add({.status = 502, .error = error});
  }
  CHECK(traffic.errors.size() == Traffic::error_names_maximum + 1);
  CHECK(traffic.errors.at("other") == 200 - Traffic::error_names_maximum);
}

TEST_CASE("services over the bound share one entry") {
  TrafficTable table;
  for (int i = 0; i < 300; ++i)
    table.of("service-" + std::to_string(i)).add({.status = 200});
  std::size_t entries = 0;
  std::uint64_t requests = 0;
  std::uint64_t in_other = 0;
  table.for_each([&](std::string_view service, const Traffic& traffic) {
    ++entries;
    requests += traffic.requests();
    if (service == "other") in_other = traffic.requests();
  });
  CHECK(entries == TrafficTable::services_maximum + 1);
  CHECK(requests == 300);
  CHECK(in_other == 300 - TrafficTable::services_maximum);
  // One that has its own keeps it.
  CHECK(table.of("service-0").requests() == 1);
}

TEST_CASE("entries are visited in the order of names and stay where they are") {
  TrafficTable table;
  Traffic& unnamed = table.of("");
  for (const char* name : {"b", "a", "c"})
    table.of(name);
  CHECK(&table.of("") == &unnamed);
  std::vector<std::string> names;
  table.for_each([&](std::string_view name, const Traffic&) { names.emplace_back(name); });
  CHECK(names == std::vector<std::string>{"a", "b", "c", "none"});
}

}  // namespace outhaul
