#include "common/base/limits.h"

#include <doctest/doctest.h>

using namespace outhaul;
using namespace std::chrono_literals;

TEST_CASE("the defaults are those of the protocol") {
  static_assert(default_limits.header_list_size == 65536);
  static_assert(default_limits.field_value_size == 16384);
  static_assert(default_limits.path_size == 8192);
  static_assert(default_limits.field_count == 512);
  static_assert(default_limits.streams_per_connection == 256);
  static_assert(default_limits.streams_per_agent == 1024);
  static_assert(default_limits.connect_per_service == 128);
  static_assert(default_limits.continuation_frames == 8);
  static_assert(default_limits.header_block_time == 10s);
  static_assert(default_limits.origin_first_byte == 60s);
  static_assert(default_limits.origin_idle_read == 5min);
  static_assert(default_limits.hold_time == 5s);
  static_assert(default_limits.grace_period == 30s);
  static_assert(default_limits.window_maximum == 16777216);
}

TEST_CASE("the defaults agree with each other") {
  constexpr const Limits& limits = default_limits;
  // Section 2.3: an excess over the announced number would cost the connection.
  CHECK(limits.announced_streams_per_connection == 2 * limits.streams_per_connection);
  CHECK(limits.field_value_size <= limits.header_list_size);
  CHECK(limits.path_size <= limits.header_list_size);
  CHECK(limits.stream_window <= limits.connection_window);
  CHECK(limits.connection_window <= limits.window_maximum);
  CHECK(limits.window_maximum <= limits.memory_budget);
  CHECK(limits.ping_interval_minimum <= limits.ping_interval);
  CHECK(limits.ping_interval <= limits.ping_interval_maximum);
  CHECK(limits.dns_try * limits.dns_tries <= limits.dns_total);
  CHECK(limits.replay_body_size <= limits.replay_total_size);
}
