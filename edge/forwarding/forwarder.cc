#include "edge/forwarding/forwarder.h"

#include <utility>
#include <variant>

#include "common/base/request_memory.h"
#include "common/tunnel/broken_response.h"
#include "edge/forwarding/exchange.h"
#include "edge/forwarding/service_descriptor.h"
#include "edge/forwarding/tunnel_request.h"

namespace outhaul::edge {

namespace {

/// How often a request is sent into the tunnel at most: the connection that takes the place of a
/// lost one may be lost, too, when a whole agent or its network is gone.
constexpr int attempts_maximum = 3;

using Outcome = ExchangeEnd::Outcome;
using Opened = Result<std::unique_ptr<TunnelStream>>;

/// For the access line: what broke a response after its head was passed on.
std::string_view name_of_break(const ExchangeEnd& end) {
  if (!end.by_client) return to_string(tunnel::broken_response(end.error.kind));
  return end.error.kind == ErrorKind::timed_out ? client_stalled : "client_gone";
}

class Forwarding {
 public:
  Forwarding(ForwardContext& context, ForwardRequest request, ResponseSink& sink,
             AccessRecord& record)
      : context_(context),
        request_(std::move(request)),
        sink_(sink),
        record_(record),
        tunnel_(request_.service->spec.tunnel_id),
        body_(*request_.body, context.replay_budget, context.limits.replay_body_size),
        is_head_(request_.head.method == "HEAD") {}

  Task<void> run();

 private:
  /// For as long as the request lives.
  std::optional<EdgeFailure> take_memory();
  /// Builds what goes through the tunnel.
  std::optional<EdgeFailure> prepare();
  /// A stream on any connection but `avoid`, if there is another; waits for one within the hold
  /// time of the request.
  Task<Opened> open(std::string avoid);
  Task<ExchangeEnd> exchange(TunnelStream& stream);
  bool may_send_again(const TunnelStream& stream) const;
  Task<void> finish(ExchangeEnd end);
  Task<void> answer(EdgeFailure failure);

  ForwardContext& context_;
  ForwardRequest request_;
  ResponseSink& sink_;
  AccessRecord& record_;
  const Uuid tunnel_;
  MemoryShare memory_;
  http::RequestHead head_;  // for the tunnel
  http::ReplayBody body_;
  const bool is_head_;
  std::optional<TimePoint> hold_until_;
};

/// No stream could be opened.
EdgeFailure failure_of_opening(const Error& error) {
  EdgeFailure failure;
  failure.status = 503;
  failure.retry_later = true;
  failure.error = error.kind == ErrorKind::limit ? tunnel::ProxyError::connection_limit_reached
                                                 : tunnel::ProxyError::destination_unavailable;
  failure.detail = error.message;
  if (error.kind == ErrorKind::invalid) {
    // Only an extended CONNECT can be asked of an agent that does not offer it.
    failure = refusal(501, tunnel::ProxyError::http_upgrade_failed,
                      "the tunnel's agent does not serve WebSocket (extended CONNECT, RFC 8441): "
                      "install a newer agent");
  }
  return failure;
}

/// The tunnel had no response head.
EdgeFailure failure_of_exchange(const Error& error) {
  EdgeFailure failure;
  failure.detail = error.message;
  switch (error.kind) {
    case ErrorKind::timed_out:
      failure.status = 504;
      failure.error = tunnel::ProxyError::http_response_timeout;
      break;
    case ErrorKind::protocol:
    case ErrorKind::invalid:
      failure.error = tunnel::ProxyError::http_protocol_error;
      break;
    case ErrorKind::limit:
      failure.error = tunnel::ProxyError::http_response_header_section_size;
      break;
    default:
      failure.error = tunnel::ProxyError::connection_terminated;
  }
  return failure;
}

/// The client's request body broke a rule or stopped; nothing when nobody is left to be told.
std::optional<EdgeFailure> failure_of_client(const Error& error) {
  EdgeFailure failure;
  failure.error = tunnel::ProxyError::http_request_error;
  failure.detail = "request body: " + error.message;
  switch (error.kind) {
    case ErrorKind::timed_out:
      failure.status = 408;
      return failure;
    case ErrorKind::invalid:
    case ErrorKind::protocol:
    case ErrorKind::limit:
      failure.status = 400;
      return failure;
    default:
      return std::nullopt;
  }
}

Task<void> Forwarding::run() {
  if (auto failure = prepare()) {
    co_await answer(std::move(*failure));
    co_return;
  }
  std::string nobody;
  Opened stream = co_await open(std::move(nobody));
  for (;;) {
    if (!stream) {
      co_await answer(failure_of_opening(stream.error()));
      co_return;
    }
    ExchangeEnd end = co_await exchange(**stream);
    if (end.outcome == Outcome::repeat) {
      body_.rewind();
      stream = std::move(end.retry);
    } else if (end.outcome == Outcome::failed && may_send_again(**stream)) {
      body_.rewind();
      std::string avoid((*stream)->connection());
      stream = co_await open(std::move(avoid));
    } else {
      co_await finish(std::move(end));
      co_return;
    }
  }
}

std::optional<EdgeFailure> Forwarding::take_memory() {
  MemoryBudget* const budget = context_.memory;
  if (budget == nullptr || memory_.take(*budget, request_memory(context_.limits))) {
    return std::nullopt;
  }
  EdgeFailure failure = refusal(503, tunnel::ProxyError::connection_limit_reached,
                                "memory-limit: the requests under way use it up; try again, or "
                                "raise it at the edge");
  failure.retry_later = true;
  return failure;
}

std::optional<EdgeFailure> Forwarding::prepare() {
  const Service& service = *request_.service;
  record_.service = service.spec.name;
  record_.service_id = service.id.to_string();
  record_.count_for(record_.service);
  if (auto failure = take_memory()) return failure;
  EdgeFailure failure;
  const bool plain_connect = request_.head.method == "CONNECT" && request_.head.protocol.empty();
  const auto descriptor = plain_connect ? describe_tcp_service(service)
                                        : describe_service(service, request_.head.scheme);
  if (!descriptor) {
    failure.status = 400;
    failure.error = tunnel::ProxyError::http_request_error;
    failure.detail = descriptor.error().message;
    return failure;
  }
  const Tunnel* tunnel = request_.snapshot->tunnel(tunnel_);
  if (!tunnel || tunnel->deleted_at || tunnel->disabled) {
    failure.status = 503;
    failure.detail = "the tunnel of service " + service.spec.name + " is disabled or deleted";
    return failure;
  }
  const TunnelRequestParts parts{.edge_name = context_.edge_name,
                                 .received_protocol = request_.received_protocol,
                                 .request_id = record_.request_id,
                                 .client = request_.client,
                                 .trust_forwarded = context_.trust_forwarded};
  auto made = make_tunnel_request(std::move(request_.head), *descriptor, parts, context_.limits);
  if (auto* broken = std::get_if<EdgeFailure>(&made)) return std::move(*broken);
  head_ = std::move(std::get<http::RequestHead>(made));
  return std::nullopt;
}

Task<Opened> Forwarding::open(std::string avoid) {
  if (!hold_until_) hold_until_ = context_.loop.now() + context_.limits.hold_time;
  for (;;) {
    Opened opened = context_.tunnels.open(tunnel_, head_, request_.has_body, avoid);
    if (opened || opened.error().kind != ErrorKind::not_found) co_return opened;
    const Duration left = *hold_until_ - context_.loop.now();
    if (left <= Duration::zero()) co_return opened;
    const bool connected = co_await context_.tunnels.wait_for_connection(tunnel_, left);
    if (!connected) co_return opened;
  }
}

Task<ExchangeEnd> Forwarding::exchange(TunnelStream& stream) {
  ++record_.attempts;
  record_.mark_opened();
  record_.connection = stream.connection();
  const ExchangeParts parts{.context = context_,
                            .tunnel = tunnel_,
                            .head = head_,
                            .has_body = request_.has_body,
                            .body = body_,
                            .stream = stream,
                            .sink = sink_,
                            .record = record_,
                            .may_retry = record_.attempts == 1};
  Exchange exchange(parts);
  co_return co_await exchange.run();
}

/// Whether another delivery is safe after the stream failed without a response.
bool Forwarding::may_send_again(const TunnelStream& stream) const {
  if (record_.attempts >= attempts_maximum || !stream.failed() || !body_.whole()) return false;
  if (stream.unprocessed()) return true;
  const bool connection_lost = !stream.peer_code() && stream.failure().kind == ErrorKind::closed;
  return connection_lost && !request_.has_body && is_idempotent(head_.method);
}

Task<void> Forwarding::finish(ExchangeEnd end) {
  switch (end.outcome) {
    case Outcome::answered:
    case Outcome::repeat:
      co_return;
    case Outcome::broken:
      // A cut body must never look complete.
      record_.error = name_of_break(end);
      record_.detail = end.error.message;
      sink_.cut();
      co_return;
    case Outcome::client_gone:
      if (auto failure = failure_of_client(end.error)) {
        co_await answer(std::move(*failure));
      } else {
        record_.error = "client_gone";
        record_.detail = end.error.message;
        sink_.cut();
      }
      co_return;
    case Outcome::failed:
      co_await answer(failure_of_exchange(end.error));
  }
}

Task<void> Forwarding::answer(EdgeFailure failure) {
  co_await answer_failure(context_.loop, sink_, record_, std::move(failure), is_head_,
                          context_.edge_name);
}

}  // namespace

Task<void> forward(ForwardContext& context, ForwardRequest request, ResponseSink& sink,
                   AccessRecord& record) {
  Forwarding forwarding(context, std::move(request), sink, record);
  co_await forwarding.run();
}

}  // namespace outhaul::edge
