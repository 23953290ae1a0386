#include "edge/bindings/h2_connection.h"

#include <algorithm>
#include <utility>

#include "common/async/combinators.h"
#include "common/async/sleep.h"
#include "common/async/timed_wait.h"
#include "common/http/body_content.h"
#include "common/http/translation.h"
#include "edge/bindings/admission.h"
#include "edge/bindings/h2_response_sink.h"
#include "edge/bindings/request_kind.h"
#include "edge/forwarding/tunnel_request.h"

namespace outhaul::edge {

namespace {

/// For the last frames to leave before the connection is closed.
constexpr std::chrono::seconds flush_time{2};

h2::SessionOptions session_options(const Limits& limits, MemoryBudget* memory) {
  h2::SessionOptions options;
  options.role = h2::Role::server;
  options.max_concurrent_streams = limits.streams_per_connection;
  options.initial_stream_window = limits.stream_window;
  options.connection_window = limits.connection_window;
  options.window_maximum = limits.window_maximum;
  options.memory = memory;
  options.max_header_list_size = limits.header_list_size;
  options.max_fields = limits.field_count;
  options.max_field_size = limits.field_value_size;
  options.max_path_size = limits.path_size;
  options.enable_connect_protocol = true;
  options.ping_limit = limits.pings;
  options.settings_limit = limits.settings;
  options.empty_data_limit = limits.empty_data;
  options.header_block_time = limits.header_block_time;
  options.peer_reset_limit = limits.peer_resets;
  options.caused_reset_limit = limits.caused_resets;
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

/// What the resets of a request's stream are counted under. A listener of one service has no
/// bindings; all its clients count together.
std::string reset_key(const Admission& admission) {
  if (!admission.binding.empty()) return admission.binding;
  return admission.service ? "service " + admission.service->id.to_string() : std::string();
}

Task<Result<void>> wait_until_flushed(Loop& loop, h2::Session& session) {
  while (!session.output_empty())
    co_await sleep_for(loop, std::chrono::milliseconds(1));
  co_return Result<void>();
}

}  // namespace

H2Connection::H2Connection(ClientContext& context, const ClientStream& client)
    : context_(context),
      client_(client),
      session_(context.loop, client.stream, session_options(context.limits, context.forward.memory),
               *this),
      too_many_resets_(context.loop),
      requests_(context.loop),
      watchers_(context.loop) {}

Task<void> H2Connection::run(std::string early) {
  watchers_.spawn(watch_idle());
  watchers_.spawn(watch_resets());
  const h2::SessionEnd end = co_await session_.run(std::move(early));
  context_.log.debug("client_down", {{"client", client_.address}, {"reason", end.reason.message}});
  watchers_.cancel_all();
  requests_.cancel_all();
}

void H2Connection::on_request(std::unique_ptr<h2::Stream> stream) {
  h2::Stream& served = *stream;
  Cancellable& task = requests_.spawn(serve(std::move(stream)));
  // The task has not begun, so the stream that it owns is still there.
  served.cancel_on_reset(&task);
}

Task<void> H2Connection::serve(std::unique_ptr<h2::Stream> stream) {
  http::RequestHead head = std::move(stream->request());
  AccessRecord record(context_.log, context_.access_log, client_.address, head);
  record.count_in(context_.forward.traffic);
  AskedKind asked = kind_of_h2(head);
  H2ResponseSink sink(*stream, abort_code(asked.kind));
  ResetWatch resets(context_.reset_limits, context_.loop, *stream, too_many_resets_);
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
    resets.belongs_to(reset_key(admission));
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
  request.client = client_.address;
  request.received_protocol = "2";
  request.body = &body;
  request.has_body = asked.kind != RequestKind::http || http::carries_content(body);
  co_await forward(context_.forward, std::move(request), sink, record);
  record.finish();
}

Task<void> H2Connection::watch_resets() {
  co_await too_many_resets_.wait();
  ++context_.cut_for_resets;
  session_.go_away(h2::ErrorCode::enhance_your_calm, "too many streams of the binding were reset");
}

Task<void> H2Connection::watch_idle() {
  const Duration idle_time = context_.client_limits.http2_idle;
  co_await sleep_for(context_.loop, context_.limits.header_block_time);
  if (!session_.ready()) {
    session_.abort(Error{ErrorKind::timed_out, "the client sent no HTTP/2 SETTINGS in time"});
    co_return;
  }
  for (;;) {
    const Duration quiet = context_.loop.now() - session_.last_received();
    if (session_.active_streams() == 0 && quiet >= idle_time) break;
    co_await sleep_for(context_.loop, quiet < idle_time ? idle_time - quiet : idle_time);
  }
  watchers_.spawn(finish_drain());
}

bool H2Connection::give_way() {
  if (session_.active_streams() > 0) return false;
  session_.abort(Error{ErrorKind::limit, "an idle connection made room for a new one"});
  return true;
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
  Task<Result<void>> flushing = wait_until_flushed(context_.loop, session_);
  // A client that does not read is not waited for.
  [[maybe_unused]] const Result<void> flushed =
      co_await with_deadline(context_.loop, std::move(flushing), flush_time, "closing");
  session_.abort(Error{ErrorKind::closed, "drained"});
}

}  // namespace outhaul::edge
