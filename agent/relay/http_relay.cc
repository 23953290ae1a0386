#include "agent/relay/http_relay.h"

#include <memory>
#include <utility>

#include "agent/relay/h2_exchange.h"
#include "agent/relay/http_exchange.h"
#include "agent/relay/origin_access.h"
#include "agent/relay/origin_request.h"
#include "common/http/body_content.h"
#include "common/http/replay_body.h"

namespace outhaul::agent {

namespace {

/// How often a request is sent in all to an origin that refuses it without effect.
constexpr int unprocessed_tries = 5;

Task<ExchangeEnd> exchange_over_http2(RelayRequest& request, const OriginRequest& prepared,
                                      std::shared_ptr<H2Origin> origin, http::ReplayBody& body) {
  if (origin->silent()) {
    const bool alive = co_await origin->prove_alive();
    if (!alive) {
      ExchangeEnd end;
      end.unprocessed = end.may_repeat = true;
      end.failure = RelayFailure{tunnel::Failure::origin_closed,
                                 "the origin's HTTP/2 connection did not answer a PING"};
      co_return end;
    }
  }
  H2Exchange exchange(request, prepared, body, std::move(origin));
  co_return co_await exchange.run();
}

/// Whether a request that got no answer is sent once more, the `tries`-th time.
bool is_repeated(const ExchangeEnd& end, int tries, const std::optional<http::ReplayBody>& body) {
  if (!end.failure || !end.may_repeat || (body && !body->whole())) return false;
  return end.unprocessed ? tries < unprocessed_tries : tries < 2;
}

}  // namespace

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
  if (!origin.locate_at_once()) {
    auto refused = co_await origin.locate();
    if (refused) co_return refused;
  }

  http::BodyReader& content =
      request.content.emplace(request.stream.body(), request.settings().request_body);
  std::optional<http::ReplayBody> body;  // from the first try over HTTP/2 on
  OriginLease lease = origin.take();
  for (int tries = 1;; ++tries) {
    if (!lease) lease = co_await origin.connect();
    if (!lease) co_return origin.failure();
    ExchangeEnd end;
    if (lease.http2) {
      if (!body) {
        body.emplace(content, request.context.replay_budget,
                     request.context.limits.replay_body_size);
      }
      end = co_await exchange_over_http2(request, prepared.request, lease.http2, *body);
    } else {
      http::BodyReader& source = body ? *body : content;
      HttpExchange exchange(request, prepared.request, source, *lease.http1);
      end = co_await exchange.run();
    }
    request.touched = request.touched || end.touched;
    if (end.keep_connection) origin.give_back(std::move(lease.http1));
    // The origin may have closed the connection while the request was under way. Once, and only
    // where a second delivery would do no harm (RFC 9110 section 9.2.2); or HTTP/2 says for sure
    // that there was no first delivery (RFC 9113 section 8.7).
    if (!is_repeated(end, tries, body)) co_return end.failure;
    if (end.wants_http1) {
      if (origin.must_be_http2()) co_return end.failure;
      origin.use_http1();
    }
    request.context.pool.count_retried();
    if (body) body->rewind();
    origin.avoid(std::move(lease.http2));
    lease = {};
  }
}

}  // namespace outhaul::agent
