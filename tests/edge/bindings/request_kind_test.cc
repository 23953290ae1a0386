#include "edge/bindings/request_kind.h"

#include <doctest/doctest.h>

namespace outhaul::edge {
namespace {

using http::H1Version;

http::RequestHead handshake() {
  http::RequestHead head;
  head.method = "GET";
  head.path = "/";
  head.fields.add("connection", "keep-alive, Upgrade");
  head.fields.add("upgrade", "h2c, WebSocket");
  head.fields.add("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
  head.fields.add("sec-websocket-version", "13");
  return head;
}

AskedKind ask(const http::RequestHead& head) {
  return kind_of_h1(head, H1Version::http11, false);
}

TEST_CASE("a good handshake asks for WebSocket") {
  const AskedKind asked = ask(handshake());
  CHECK(asked.kind == RequestKind::websocket);
  CHECK_FALSE(asked.failure);
}

TEST_CASE("what breaks the handshake is refused") {
  http::RequestHead post = handshake();
  post.method = "POST";
  CHECK(ask(post).failure->status == 400);
  CHECK(ask(post).kind == RequestKind::websocket);

  http::RequestHead no_connection = handshake();
  no_connection.fields.set("connection", "keep-alive");
  CHECK(ask(no_connection).failure->status == 400);

  for (const char* key : {"", "short", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZTEy"}) {
    http::RequestHead bad_key = handshake();
    bad_key.fields.set("sec-websocket-key", key);
    CHECK(ask(bad_key).failure->status == 400);
  }
  http::RequestHead two_keys = handshake();
  two_keys.fields.add("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
  CHECK(ask(two_keys).failure->status == 400);
  CHECK(kind_of_h1(handshake(), H1Version::http11, true).failure->status == 400);

  http::RequestHead old_version = handshake();
  old_version.fields.set("sec-websocket-version", "8");
  const AskedKind asked = ask(old_version);
  REQUIRE(asked.failure);
  CHECK(asked.failure->status == 426);
  CHECK(asked.failure->fields.find("sec-websocket-version") == "13");
  CHECK(asked.failure->fields.find("upgrade") == "websocket");
}

TEST_CASE("other upgrades, and those of HTTP/1.0, are not asked for") {
  http::RequestHead other = handshake();
  other.fields.set("upgrade", "h2c");
  CHECK(ask(other).kind == RequestKind::http);
  CHECK(kind_of_h1(handshake(), H1Version::http10, false).kind == RequestKind::http);
}

TEST_CASE("CONNECT is tcp, with :protocol it is what that says") {
  http::RequestHead head;
  head.method = "CONNECT";
  CHECK(ask(head).kind == RequestKind::tcp);
  CHECK(kind_of_h2(head).kind == RequestKind::tcp);
  head.authority = "database.test";
  CHECK(kind_of_h2(head).failure->status == 400);
  head.authority = "database.test:5432";
  CHECK_FALSE(kind_of_h2(head).failure);
  head.protocol = "websocket";
  CHECK(kind_of_h2(head).kind == RequestKind::websocket);
  CHECK_FALSE(kind_of_h2(head).failure);
  head.protocol = "connect-udp";
  CHECK(kind_of_h2(head).failure->status == 501);
  head.method = "GET";
  CHECK(kind_of_h2(handshake()).kind == RequestKind::http);
}

TEST_CASE("the key does not go through the tunnel") {
  http::RequestHead head = handshake();
  make_extended_connect(head);
  CHECK(head.method == "CONNECT");
  CHECK(head.protocol == "websocket");
  CHECK_FALSE(head.fields.contains("sec-websocket-key"));
  CHECK(head.fields.contains("sec-websocket-version"));
}

}  // namespace
}  // namespace outhaul::edge
