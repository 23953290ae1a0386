#include "agent/relay/websocket_relay.h"

#include <memory>
#include <utility>

#include "agent/relay/byte_relay.h"
#include "agent/relay/http_exchange.h"
#include "agent/relay/origin_access.h"
#include "agent/relay/origin_request.h"
#include "common/http/websocket.h"

namespace outhaul::agent {

namespace {

/// Fields of the handshake that only the two ends of one HTTP/1.1 connection may speak about.
void begin_handshake(OriginRequest& request) {
  request.websocket_key = http::make_websocket_key();
  request.head.method = "GET";
  request.head.protocol.clear();
  request.framing = {.kind = http::BodyKind::none};
  request.expects_continue = false;
  http::Fields& fields = request.head.fields;
  fields.remove("expect");
  fields.set("connection", "Upgrade");
  fields.set("upgrade", "websocket");
  fields.set("sec-websocket-key", request.websocket_key);
  if (!fields.contains("sec-websocket-version")) fields.add("sec-websocket-version", "13");
}

}  // namespace

Task<std::optional<RelayFailure>> relay_websocket(RelayRequest& request) {
  if (request.descriptor().type != tunnel::ServiceType::http) {
    co_return RelayFailure{tunnel::Failure::bad_request,
                           "type: WebSocket is for services of type http"};
  }
  PreparedRequest prepared = prepare_origin_request(std::move(request.stream.request()), false,
                                                    relay_head_limits(request.context.limits));
  if (prepared.fault) {
    co_return RelayFailure{failure_of_request(prepared.fault->reason), prepared.fault->message};
  }
  if (auto refused = apply_settings(prepared.request, request.settings())) co_return refused;
  begin_handshake(prepared.request);
  OriginAccess origin(request, prepared.request.head.authority);
  auto refused = co_await origin.locate();
  if (refused) co_return refused;
  // Always a new connection: one that the origin is about to close must not take the handshake.
  std::unique_ptr<OriginConnection> connection = co_await origin.dial();
  if (!connection) co_return origin.failure();
  HttpExchange exchange(request, prepared.request, *connection);
  const ExchangeEnd end = co_await exchange.run();
  request.touched = end.touched;
  if (end.upgraded) {
    co_await relay_bytes(request, *connection, request.settings().tcp_idle, h2::ErrorCode::cancel);
  } else if (end.keep_connection) {
    origin.give_back(std::move(connection));
  }
  co_return end.failure;
}

}  // namespace outhaul::agent
