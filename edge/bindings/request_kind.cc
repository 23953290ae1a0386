#include "edge/bindings/request_kind.h"

#include <string>
#include <string_view>
#include <utility>

#include "common/http/h1_framing.h"
#include "common/http/syntax.h"
#include "common/http/websocket.h"

namespace outhaul::edge {

namespace {

constexpr std::string_view websocket = "websocket";
constexpr std::string_view key_field = "sec-websocket-key";
constexpr std::string_view version_field = "sec-websocket-version";
constexpr std::string_view websocket_version = "13";

bool names_websocket(const http::Fields& fields) {
  bool found = false;
  for (const http::Field field : fields) {
    if (field.name != "upgrade") continue;
    http::for_each_member(field.value, [&found](std::string_view member) {
      if (http::equals_ignoring_case(member, websocket)) found = true;
    });
  }
  return found;
}

bool connection_says_upgrade(const http::Fields& fields) {
  bool found = false;
  http::for_each_connection_option(fields, [&found](std::string_view option) {
    if (http::equals_ignoring_case(option, "upgrade")) found = true;
  });
  return found;
}

EdgeFailure bad_handshake(std::string detail) {
  return refusal(400, tunnel::ProxyError::http_request_error, "WebSocket: " + std::move(detail));
}

EdgeFailure wrong_version() {
  EdgeFailure failure = refusal(426, tunnel::ProxyError::http_request_error,
                                "WebSocket: Sec-WebSocket-Version must be 13, given once");
  failure.fields.add("upgrade", websocket);
  failure.fields.add("connection", "upgrade");
  failure.fields.add(version_field, websocket_version);
  return failure;
}

std::optional<EdgeFailure> check_handshake(const http::RequestHead& head, bool has_body) {
  const http::Fields& fields = head.fields;
  if (head.method != "GET") return bad_handshake("the method must be GET");
  if (!connection_says_upgrade(fields)) {
    return bad_handshake("Connection must name upgrade; does a proxy in between remove it?");
  }
  if (has_body) return bad_handshake("the request must not have a body");
  if (fields.count(version_field) != 1 || fields.find(version_field) != websocket_version) {
    return wrong_version();
  }
  if (fields.count(key_field) != 1 || !http::is_websocket_key(*fields.find(key_field))) {
    return bad_handshake("Sec-WebSocket-Key must be the base64 of 16 bytes, given once");
  }
  return std::nullopt;
}

}  // namespace

AskedKind kind_of_h1(const http::RequestHead& head, http::H1Version version, bool has_body) {
  AskedKind asked;
  if (head.method == "CONNECT") {
    asked.kind = RequestKind::tcp;
  } else if (version == http::H1Version::http11 && names_websocket(head.fields)) {
    // RFC 9110 section 7.8: an HTTP/1.0 client cannot upgrade.
    asked.kind = RequestKind::websocket;
    asked.failure = check_handshake(head, has_body);
  }
  return asked;
}

AskedKind kind_of_h2(const http::RequestHead& head) {
  AskedKind asked;
  if (head.method != "CONNECT") return asked;
  if (head.protocol.empty()) {
    asked.kind = RequestKind::tcp;
    // Where the connection goes is the service's matter, but half an authority names nothing.
    const auto authority = http::parse_authority(head.authority);
    if (!authority || !authority->port) {
      asked.failure = refusal(400, tunnel::ProxyError::http_request_error,
                              "CONNECT: :authority is not host:port");
    }
    return asked;
  }
  asked.kind = RequestKind::websocket;
  if (head.protocol != websocket) {
    asked.failure =
        refusal(501, tunnel::ProxyError::http_request_error, ":protocol: only websocket is served");
  }
  return asked;
}

void make_extended_connect(http::RequestHead& head) {
  head.method = "CONNECT";
  head.protocol = websocket;
  head.fields.remove(key_field);
}

}  // namespace outhaul::edge
