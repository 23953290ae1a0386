#include "common/http/body_length.h"

#include <doctest/doctest.h>

namespace outhaul::http {
namespace {

TEST_CASE("a body as long as declared") {
  BodyLengthCheck check(5);
  CHECK(check.add(2));
  CHECK_FALSE(check.is_complete());
  CHECK(check.add(3));
  CHECK(check.is_complete());
  CHECK_FALSE(check.add(1));
  CHECK_FALSE(check.is_complete());
  CHECK(check.received() == 6);
}

TEST_CASE("nothing declared fits everything, zero fits nothing") {
  BodyLengthCheck open(std::nullopt);
  CHECK(open.add(1000));
  CHECK(open.is_complete());
  BodyLengthCheck empty(0);
  CHECK(empty.is_complete());
  CHECK(empty.add(0));
  CHECK_FALSE(empty.add(1));
}

}  // namespace
}  // namespace outhaul::http
