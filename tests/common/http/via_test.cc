#include "common/http/via.h"

#include <doctest/doctest.h>

namespace outhaul::http {
namespace {

bool passed(std::string_view value) {
  Fields fields;
  fields.add("via", "1.1 first");
  fields.add("via", value);
  return has_passed(fields, "outhaul");
}

TEST_CASE("via is appended and found again") {
  Fields fields;
  fields.add("via", "1.1 front");
  CHECK_FALSE(has_passed(fields, "outhaul"));
  add_via(fields, "2", "outhaul");
  CHECK(fields[1].value == "2 outhaul");
  CHECK(has_passed(fields, "outhaul"));
  CHECK(has_passed(fields, "front"));
  CHECK_FALSE(has_passed(fields, "outhaul-edge"));
}

TEST_CASE("via members") {
  CHECK(passed("2 outhaul"));
  CHECK(passed("HTTP/1.1 OUTHAUL (comment)"));
  CHECK(passed("1.0 a (x, y (z\\)) ), 2\t outhaul"));
  CHECK(passed("1.1 a,2 outhaul,1.1 b"));
  CHECK(passed("1.1 a (never closed, 2 outhaul"));
  CHECK_FALSE(passed("1.1 a (b, 2 outhaul)"));
  CHECK_FALSE(passed("1.1 a (\\), 2 outhaul )"));
  CHECK_FALSE(passed("outhaul"));
  CHECK_FALSE(passed("1.1 a outhaul"));
  CHECK_FALSE(passed("1.1 outhaul2"));
  CHECK_FALSE(passed(""));
}

}  // namespace
}  // namespace outhaul::http
