#include "agent/relay/websocket_relay.h"

#include <memory>
#include <utility>

#include "agent/relay/byte_relay.h"
#include "agent/relay/h2_exchange.h"
#include "agent/relay/http_exchange.h"
#include "agent/relay/origin_access.h"
#include "agent/relay/origin_request.h"
#include "common/http/replay_body.h"
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

/// A stream of the HTTP/2 connection instead of a connection of its own (RFC 8441).
Task<ExchangeEnd> relay_over_http2(RelayRequest& request, const OriginRequest& prepared,
                                   std::shared_ptr<H2Origin> origin) {
  http::ReplayBody nothing(request.stream.body(), request.context.replay_budget, 0);
  H2Exchange exchange(request, prepared, nothing, std::move(origin));
  ExchangeEnd end = co_await exchange.run();
  request.touched = end.touched;
  if (end.upgraded) {
    co_await relay_streams(request, exchange.origin_stream(), request.settings().tcp_idle);
  }
  co_return end;
}

Task<std::optional<RelayFailure>> relay_over_http1(RelayRequest& request, OriginRequest& prepared,
                                                   OriginAccess& origin) {
  begin_handshake(prepared);
  // Always a new connection: one that the origin is about to close must not take the handshake.
  std::unique_ptr<OriginConnection> connection = co_await origin.dial();
  if (!connection) co_return origin.failure();
  HttpExchange exchange(request, prepared, request.stream.body(), *connection);
  const ExchangeEnd end = co_await exchange.run();
  request.touched = end.touched;
  if (end.upgraded) {
    co_await relay_bytes(request, *connection, request.settings().tcp_idle, h2::ErrorCode::cancel);
  } else if (end.keep_connection) {
    origin.give_back(std::move(connection));
  }
  co_return end.failure;
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
  OriginAccess origin(request, prepared.request.head.authority);
  auto refused = co_await origin.locate();
  if (refused) co_return refused;

  OriginLease lease;
  if (origin.may_be_http2()) lease.http2 = origin.take_http2();
  if (!lease && origin.must_be_http2()) {
    lease = co_await origin.connect();
    if (!lease) co_return origin.failure();
  }
  if (lease.http2) {
    const ExchangeEnd end =
        co_await relay_over_http2(request, prepared.request, std::move(lease.http2));
    if (origin.must_be_http2() || !end.no_websocket) co_return end.failure;
  }
  // Few servers offer it over HTTP/2, so there is no dial to find out.
  co_return co_await relay_over_http1(request, prepared.request, origin);
}

}  // namespace outhaul::agent
