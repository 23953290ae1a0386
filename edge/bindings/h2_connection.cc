#include "edge/bindings/h2_connection.h"

#include <algorithm>
#include <utility>

#include "common/async/sleep.h"
#include "common/async/timed_wait.h"
#include "common/http/translation.h"
#include "edge/bindings/admission.h"
#include "edge/bindings/h2_response_sink.h"
#include "edge/bindings/request_kind.h"
#include "edge/forwarding/tunnel_request.h"

namespace outhaul::edge {

namespace {

constexpr std::chrono::minutes idle_time{5};

h2::SessionOptions session_options(const Limits& limits) {
  h2::SessionOptions options;
  options.role = h2::Role::server;
  options.max_concurrent_streams = limits.streams_per_connection;
  options.initial_stream_window = limits.stream_window;
  options.connection_window = limits.connection_window;
  options.max_header_list_size = limits.header_list_size;
  options.max_fields = limits.field_count;
  options.max_field_size = limits.field_value_size;
  options.max_path_size = limits.path_size;
  options.enable_connect_protocol = true;
  options.ping_limit = limits.pings;
  options.settings_limit = limits.settings;
  options.empty_data_limit = limits.empty_data;
  options.header_block_time = limits.header_block_time;
  return options;
}

EdgeFailure failure_of_size(h2::Oversize oversize) {
  if (oversize == h2::Oversize::path) {
    return failure_of_fault({http::FaultReason::target_too_long, "the path is too long"});
  }
  return failure_of_fault({http::FaultReason::head_too_large, "the header fields are too large"});
}

/// Protocol.md section 4, toward the client as toward the edge.
h2::ErrorCode abort_code(RequestKind kind) {
  if (kind == RequestKind::tcp) return h2::ErrorCode::connect_error;
  return kind == RequestKind::websocket ? h2::ErrorCode::cancel : h2::ErrorCode::internal_error;
}

bool count_new(h2::RateMeter& meter, std::uint64_t& counted, std::uint64_t total, TimePoint now) {
  bool allowed = true;
  for (; counted < total; ++counted)
    allowed = meter.allow(now) && allowed;
  return allowed;
}

}  // namespace

H2Connection::H2Connection(ClientContext& context, const ClientStream& client)
    : context_(context),
      client_(client),
      session_(context.loop, client.stream, session_options(context.limits), *this),
      peer_resets_(context.limits.peer_resets),
      caused_resets_(context.limits.caused_resets),
      requests_(context.loop),
      watchers_(context.loop) {}

Task<void> H2Connection::run(std::string early) {
  watchers_.spawn(watch_idle());
  const h2::SessionEnd end = co_await session_.run(std::move(early));
  context_.log.debug("client_down", {{"client", client_.address}, {"reason", end.reason.message}});
  watchers_.cancel_all();
  requests_.cancel_all();
}

bool H2Connection::resets_are_few() {
  const h2::SessionStatistics& statistics = session_.statistics();
  const TimePoint now = context_.loop.now();
  const bool few = count_new(peer_resets_, peer_resets_counted_, statistics.resets_received, now);
  return count_new(caused_resets_, caused_resets_counted_, statistics.resets_caused, now) && few;
}

void H2Connection::on_request(std::unique_ptr<h2::Stream> stream) {
  if (!resets_are_few()) {
    session_.go_away(h2::ErrorCode::enhance_your_calm, "too many streams were reset");
    return;
  }
  h2::Stream& served = *stream;
  Cancellable& task = requests_.spawn(serve(std::move(stream)));
  // The task has not begun, so the stream that it owns is still there.
  served.cancel_on_reset(&task);
}

Task<void> H2Connection::serve(std::unique_ptr<h2::Stream> stream) {
  http::RequestHead head = std::move(stream->request());
  AccessRecord record(context_.log, context_.access_log, client_.address, head);
  AskedKind asked = kind_of_h2(head);
  H2ResponseSink sink(*stream, abort_code(asked.kind));
  ForwardRequest request;
  request.snapshot = context_.snapshot();
  std::optional<EdgeFailure> failure;
  if (stream->oversized()) failure = failure_of_size(*stream->oversized());
  if (!failure) {
    if (const auto fault = http::merge_host(head)) failure = failure_of_fault(*fault);
  }
  if (!failure) failure = std::move(asked.failure);
  if (!failure) {
    Admission admission = admit(head, client_.bound_service, *request.snapshot);
    request.service = admission.service;
    record.binding = admission.binding;
    failure = std::move(admission.failure);
  }
  if (!failure && asked.kind != RequestKind::tcp) {
    failure = settle_scheme(head, SchemeSource::forwarded_proto);
  }
  if (failure) {
    const bool is_head = head.method == "HEAD";
    co_await answer_failure(context_.loop, sink, record, std::move(*failure), is_head,
                            context_.forward.edge_name);
    record.finish();
    co_return;
  }
  if (asked.kind == RequestKind::websocket) make_extended_connect(head);
  http::BodyReader& body = stream->body();
  request.head = std::move(head);
  request.received_protocol = "2";
  request.body = &body;
  request.has_body = asked.kind != RequestKind::http || !body.peek().empty() ||
                     body.state() == http::BodyState::open;
  co_await forward(context_.forward, std::move(request), sink, record);
  record.finish();
}

Task<void> H2Connection::watch_idle() {
  for (;;) {
    const Duration quiet = context_.loop.now() - session_.last_received();
    if (session_.active_streams() == 0 && quiet >= idle_time) break;
    co_await sleep_for(context_.loop, idle_time);
  }
  watchers_.spawn(finish_drain());
}

void H2Connection::drain() {
  watchers_.spawn(finish_drain());
}

Task<void> H2Connection::finish_drain() {
  // GOAWAY(2^31-1) and a PING, so that what the client sent meanwhile is still served; the session
  // sends the final GOAWAY after the acknowledgement.
  session_.begin_drain();
  co_await sleep_for(context_.loop, std::chrono::milliseconds(100));
  while (session_.active_streams() > 0)
    co_await session_.idle().wait();
  session_.go_away(h2::ErrorCode::no_error, "the edge closes the connection");
  while (!session_.output_empty())
    co_await sleep_for(context_.loop, std::chrono::milliseconds(1));
  session_.abort(Error{ErrorKind::closed, "drained"});
}

}  // namespace outhaul::edge
