#include "common/base/hex.h"

#include <doctest/doctest.h>

using namespace outhaul;

TEST_CASE("hex round trip") {
  const std::string plain("\x00\x0f\xa5\xff", 4);
  CHECK(hex_encode(as_bytes(plain)) == "000fa5ff");
  const auto bytes = hex_decode("000FA5ff");
  REQUIRE(bytes);
  CHECK(as_text(*bytes) == plain);
  CHECK(hex_decode("")->empty());
}

TEST_CASE("hex refuses odd lengths and other characters") {
  for (const char* text : {"0", "0g", "0x", " 00", "00 ", "-1"})
    CHECK_FALSE(hex_decode(text));
}
