#include <string>

#include <doctest/doctest.h>

#include "common/h2/field_block.h"
#include "common/h2/head_receiver.h"
#include "common/h2/rate_meter.h"
#include "common/h2/staging.h"

namespace outhaul::h2 {
namespace {

TEST_CASE("a rate meter refills by whole periods up to its burst") {
  RateMeter meter(RateLimit{2, 2, std::chrono::seconds(10)});
  TimePoint now{std::chrono::seconds(100)};
  CHECK(meter.allow(now));
  CHECK(meter.allow(now));
  CHECK_FALSE(meter.allow(now));
  now += std::chrono::seconds(9);
  CHECK_FALSE(meter.allow(now));
  now += std::chrono::seconds(1);
  CHECK(meter.allow(now));
  CHECK(meter.allow(now));
  CHECK_FALSE(meter.allow(now));
  now += std::chrono::hours(1);
  CHECK(meter.allow(now));
  CHECK(meter.allow(now));
  CHECK_FALSE(meter.allow(now));
}

TEST_CASE("staging keeps order, counts room, and one frame may hang over") {
  Staging staging;
  CHECK(staging.empty());
  CHECK(staging.room() == Staging::size);
  staging.append(as_bytes("abc"));
  staging.append(as_bytes("def"));
  CHECK(as_text(staging.pending()) == "abcdef");
  staging.taken(4);
  CHECK(as_text(staging.pending()) == "ef");
  CHECK(staging.room() == Staging::size - 6);
  staging.taken(2);
  CHECK(staging.room() == Staging::size);
  staging.append(as_bytes(std::string(Staging::size - Staging::least_room, 'x')));
  CHECK_FALSE(staging.nearly_full());
  staging.append(as_bytes(std::string(16 * 1024 + 9, 'y')));
  CHECK(staging.nearly_full());
  CHECK(staging.room() == 0);
  staging.taken(staging.pending().size());
  CHECK(staging.empty());
}

TEST_CASE("secrets are never indexed") {
  http::RequestHead head;
  head.method = "GET";
  head.scheme = "https";
  head.path = "/";
  head.fields.add("Authorization", "secret");
  head.fields.add("cookie", "secret");
  head.fields.add("accept", "x");
  FieldBlock block;
  block.set(head);
  REQUIRE(block.lines().size() == 6);
  CHECK((block.lines()[3].flags & NGHTTP2_NV_FLAG_NO_INDEX) != 0);
  CHECK((block.lines()[4].flags & NGHTTP2_NV_FLAG_NO_INDEX) != 0);
  CHECK((block.lines()[5].flags & NGHTTP2_NV_FLAG_NO_INDEX) == 0);
  CHECK((block.lines()[0].flags & NGHTTP2_NV_FLAG_NO_COPY_NAME) != 0);
  CHECK(block.list_size() == (7 + 3 + 32) + (7 + 5 + 32) + (5 + 1 + 32) + head.fields.list_size());
}

TEST_CASE("the head receiver stores nothing over a limit and gives up at four times") {
  SessionOptions options;
  options.max_fields = 2;
  options.max_header_list_size = 1000;
  options.max_field_size = 50;
  HeadReceiver receiver(options);
  receiver.begin(HeadReceiver::Kind::trailers);
  CHECK(receiver.receiving());
  CHECK(receiver.add("a", std::string(50, 'x')));
  CHECK(receiver.oversized() == Oversize::field);
  CHECK(receiver.trailers().empty());
  CHECK(receiver.add("a", "b"));
  CHECK(receiver.add("a", "b"));
  CHECK(receiver.oversized() == Oversize::field);
  CHECK(receiver.trailers().size() == 1);
  receiver.finish();
  CHECK_FALSE(receiver.receiving());
  receiver.begin(HeadReceiver::Kind::response);
  CHECK_FALSE(receiver.oversized());
  CHECK(receiver.add(":status", "204"));
  CHECK(receiver.response().status == 204);
  int taken = 0;
  while (receiver.add("a", "b"))
    ++taken;
  CHECK(taken == 11);
  CHECK(receiver.oversized() == Oversize::field_count);
  CHECK(receiver.response().fields.size() == 2);
}

}  // namespace
}  // namespace outhaul::h2
