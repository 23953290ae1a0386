#include "common/http/websocket.h"

#include <doctest/doctest.h>

using namespace outhaul::http;

TEST_CASE("the accept value is that of RFC 6455 section 1.3") {
  CHECK(websocket_accept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_CASE("a key is the base64 of 16 bytes, and a new one each time") {
  const std::string key = make_websocket_key();
  CHECK(is_websocket_key(key));
  CHECK(key != make_websocket_key());
  CHECK_FALSE(is_websocket_key(""));
  CHECK_FALSE(is_websocket_key("dGhlIHNhbXBsZSBub25jZQ"));
  CHECK_FALSE(is_websocket_key("dGhlIHNhbXBsZSBub25j"));
}
