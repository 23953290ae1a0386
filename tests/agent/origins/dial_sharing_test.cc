#include "agent/origins/dial_sharing.h"

#include <optional>

#include <doctest/doctest.h>

using namespace outhaul;
using namespace outhaul::agent;

TEST_CASE("requests join a dial as far as one connection carries them") {
  Loop loop;
  DialSharing dials(loop);
  const OriginKey key;
  CHECK_FALSE(dials.join(key));
  {
    DialSharing::Turn turn = dials.begin(key);
    turn.got_http2(3);
  }
  DialSharing::Turn first = dials.begin(key);
  const auto joined = dials.join(key);
  REQUIRE(joined);
  CHECK(dials.join(key) == joined);
  CHECK_FALSE(dials.join(key));  // the fourth needs another connection
  DialSharing::Turn second = dials.begin(key);
  CHECK(dials.join(key));
  CHECK_FALSE(joined->done.is_set());
  first.got_http2(3);
  CHECK(joined->done.is_set());
  CHECK_FALSE(joined->failure);
}

TEST_CASE("a dial that was given up wakes those who wait, one that failed tells them why") {
  Loop loop;
  DialSharing dials(loop);
  const OriginKey key;
  std::shared_ptr<SharedDial> joined;
  {
    const DialSharing::Turn turn = dials.begin(key);
    joined = dials.join(key);
  }
  REQUIRE(joined);
  CHECK(joined->done.is_set());
  CHECK_FALSE(joined->failure);
  CHECK_FALSE(dials.join(key));
  DialSharing::Turn turn = dials.begin(key);
  joined = dials.join(key);
  turn.failed(RelayFailure{tunnel::Failure::refused, "nobody listens"});
  CHECK(joined->failure->detail == "nobody listens");
}

TEST_CASE("with an origin that chooses HTTP/1.1 everybody dials, until it chooses otherwise") {
  Loop loop;
  DialSharing dials(loop);
  const OriginKey key;
  DialSharing::Turn first = dials.begin(key);
  first.got_http1();
  DialSharing::Turn second = dials.begin(key);
  CHECK_FALSE(dials.join(key));
  DialSharing::Turn third = dials.begin(key);
  third.got_http2(100);
  CHECK(dials.join(key));
}
