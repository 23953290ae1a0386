#include "common/base/utf8.h"

#include <string>

#include <doctest/doctest.h>

using namespace outhaul;

TEST_CASE("well-formed text of every length") {
  CHECK(is_utf8(""));
  CHECK(is_utf8("plain"));
  CHECK(is_utf8("\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"));
  const auto euro = decode_utf8("\xe2\x82\xac rest");
  CHECK(euro.code_point == 0x20ac);
  CHECK(euro.length == 3);
}

TEST_CASE("overlong forms, surrogates, stray and missing bytes are refused") {
  for (const char* text : {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf",
                           "\xed\xa0\x80", "\xed\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
                           "\xff", "\xe2\x82", "\xc2", "\xe2\x28\xa1", "ok\xc3"}) {
    CAPTURE(text);
    CHECK_FALSE(is_utf8(text));
  }
}
