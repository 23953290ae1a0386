#include "agent/relay/http_relay.h"

#include <memory>
#include <utility>

#include "agent/relay/http_exchange.h"
#include "agent/relay/origin_access.h"
#include "agent/relay/origin_request.h"
#include "common/http/body_content.h"

namespace outhaul::agent {

Task<std::optional<RelayFailure>> relay_http(RelayRequest& request) {
  if (request.descriptor().type != tunnel::ServiceType::http) {
    co_return RelayFailure{tunnel::Failure::bad_request,
                           "type: a tcp service is reached by CONNECT only"};
  }
  const bool has_body = http::carries_content(request.stream.body());
  PreparedRequest prepared = prepare_origin_request(std::move(request.stream.request()), has_body,
                                                    relay_head_limits(request.context.limits));
  if (prepared.fault) {
    co_return RelayFailure{failure_of_request(prepared.fault->reason), prepared.fault->message};
  }
  if (auto refused = apply_settings(prepared.request, request.settings())) co_return refused;
  OriginAccess origin(request, prepared.request.head.authority);
  auto refused = co_await origin.locate();
  if (refused) co_return refused;

  std::unique_ptr<OriginConnection> connection = origin.take_idle();
  for (bool repeated = false;; repeated = true) {
    if (!connection) connection = co_await origin.dial();
    if (!connection) co_return origin.failure();
    HttpExchange exchange(request, prepared.request, *connection);
    const ExchangeEnd end = co_await exchange.run();
    request.touched = request.touched || end.touched;
    if (end.keep_connection) origin.give_back(std::move(connection));
    // The origin may have closed an idle connection while the request was under way. Once, and
    // only where a second delivery would do no harm (RFC 9110 section 9.2.2).
    if (!end.failure || !end.may_repeat || repeated) co_return end.failure;
    connection.reset();
  }
}

}  // namespace outhaul::agent
