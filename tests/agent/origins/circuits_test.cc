#include "agent/origins/circuits.h"

#include <doctest/doctest.h>

using namespace outhaul;
using namespace outhaul::agent;
using std::chrono::milliseconds;

namespace {

OriginKey key_of(std::uint16_t port) {
  OriginKey key;
  key.address = *IpAddress::parse("10.0.0.5");
  key.port = port;
  return key;
}

}  // namespace

TEST_CASE("a circuit opens after enough failures in a row over enough time") {
  Circuits circuits;
  const OriginKey key = key_of(80);
  const TimePoint start{};
  for (int i = 0; i < 50; ++i)
    circuits.failed(key, 3, start);
  CHECK(circuits.may_dial(key, start));  // a burst only
  circuits.failed(key, 3, start + milliseconds(1000));
  CHECK(circuits.open() == 1);
  CHECK_FALSE(circuits.may_dial(key, start + milliseconds(1001)));
  CHECK(circuits.may_dial(key_of(81), start + milliseconds(1001)));
}

TEST_CASE("an open circuit lets one probe through each second, and the first success closes it") {
  Circuits circuits;
  const OriginKey key = key_of(80);
  const TimePoint start{};
  circuits.failed(key, 2, start);
  circuits.failed(key, 2, start + milliseconds(1500));
  CHECK_FALSE(circuits.may_dial(key, start + milliseconds(2499)));
  CHECK(circuits.may_dial(key, start + milliseconds(2500)));
  CHECK_FALSE(circuits.may_dial(key, start + milliseconds(2501)));
  circuits.failed(key, 2, start + milliseconds(2502));
  CHECK_FALSE(circuits.may_dial(key, start + milliseconds(3499)));
  CHECK(circuits.may_dial(key, start + milliseconds(3500)));
  circuits.succeeded(key);
  CHECK(circuits.open() == 0);
  CHECK(circuits.may_dial(key, start + milliseconds(3501)));
}

TEST_CASE("a success in between starts the count anew") {
  Circuits circuits;
  const OriginKey key = key_of(80);
  const TimePoint start{};
  for (int i = 0; i < 10; ++i) {
    circuits.failed(key, 2, start + milliseconds(2000 * i));
    circuits.succeeded(key);
  }
  CHECK(circuits.open() == 0);
}
