#include "edge/bindings/h1_connection.h"

#include <algorithm>
#include <utility>

#include "common/async/combinators.h"
#include "common/async/timed_wait.h"
#include "common/net/io.h"
#include "edge/bindings/admission.h"
#include "edge/forwarding/tunnel_request.h"

namespace outhaul::edge {

namespace {

constexpr std::chrono::seconds linger_time{2};
constexpr std::size_t linger_bytes = mebibyte;
/// Of a request body that nobody wants.
constexpr std::size_t discarded_bytes = 64 * kibibyte;
constexpr http::Framing raw_bytes{
    .kind = http::BodyKind::until_close, .length = 0, .must_close = true};

/// Takes what has arrived of a body that nobody wants. True when that was all of it.
bool discard_arrived(http::H1BodyReader& body) {
  std::size_t discarded = 0;
  while (discarded < discarded_bytes) {
    const std::size_t size = body.peek().size();
    if (size == 0) break;
    body.consume(size);
    discarded += size;
  }
  return body.peek().empty() && body.state() == http::BodyState::complete;
}

}  // namespace

H1Connection::H1Connection(ClientContext& context, const ClientStream& client, ByteQueue input)
    : context_(context),
      client_(client),
      input_(std::move(input)),
      parser_(head_limits(context.limits)) {}

void H1Connection::drain() {
  // A connection that waits for a request looks again.
  if (idle_) client_.stream.readable().set();
}

bool H1Connection::give_way() {
  if (!idle_) return false;
  client_.stream.reset();
  return true;
}

Task<void> H1Connection::run() {
  for (;;) {
    const bool asked = co_await wait_for_request();
    if (!asked) break;
    const Next next = co_await serve_next();
    if (next == Next::close) break;
  }
}

Task<bool> H1Connection::wait_for_request() {
  net::ByteStream& stream = client_.stream;
  const TimePoint idle_until = context_.loop.now() + context_.client_limits.idle;
  while (!context_.draining) {
    if (!input_.empty()) co_return true;
    const net::IoResult got = stream.read(input_.prepare());
    if (got.status == net::IoStatus::done) {
      input_.commit(got.bytes);
      continue;
    }
    input_.release_unused();
    if (got.status != net::IoStatus::would_block) co_return false;
    const Duration left = idle_until - context_.loop.now();
    if (left <= Duration::zero()) co_return false;
    idle_ = true;
    co_await wait_for(context_.loop, stream.readable(), left);
    idle_ = false;
  }
  co_return false;
}

Task<H1Connection::Next> H1Connection::serve_next() {
  parser_.reset();
  Task<Result<http::HeadRead>> reading = http::read_head(parser_, client_.stream, input_);
  Result<http::HeadRead> read = co_await with_deadline(
      context_.loop, std::move(reading), context_.limits.header_block_time, "the request head");
  if (read && *read == http::HeadRead::complete) co_return co_await serve(parser_.take_head());
  co_return co_await refuse_head(std::move(read));
}

Task<H1Connection::Next> H1Connection::refuse_head(Result<http::HeadRead> read) {
  EdgeFailure failure;
  if (!read && read.error().kind == ErrorKind::timed_out) {
    failure.status = 408;
    failure.error = tunnel::ProxyError::http_request_error;
    failure.detail = read.error().message;
  } else if (read && *read == http::HeadRead::refused) {
    failure = failure_of_fault(parser_.fault());
  } else {
    co_return Next::close;
  }
  AccessRecord record(context_.log, context_.access_log, client_.address, http::RequestHead());
  record.count_in(context_.forward.traffic);
  H1ResponseSink sink(client_.stream, false, http::H1Version::http11, AfterResponse::close);
  co_await answer_failure(context_.loop, sink, record, std::move(failure), false,
                          context_.forward.edge_name);
  record.finish();
  if (!sink.was_cut()) co_await linger();
  co_return Next::close;
}

Task<H1Connection::Next> H1Connection::serve(http::RequestHead head) {
  const bool is_head = head.method == "HEAD";
  const bool kept = http::keep_alive(parser_.version(), head.fields) && !context_.draining;
  AccessRecord record(context_.log, context_.access_log, client_.address, head);
  record.count_in(context_.forward.traffic);
  H1ResponseSink sink(client_.stream, is_head, parser_.version(),
                      kept ? AfterResponse::keep : AfterResponse::close);
  const auto framing = http::request_framing(head.method, parser_.version(), head.fields);
  // What follows an ambiguous head cannot be told apart from its body.
  const http::Framing safe = framing ? *framing : http::Framing{};
  http::H1BodyReader body(client_.stream, input_, safe);
  if (framing) {
    const bool has_body = framing->kind == http::BodyKind::chunked || framing->length > 0;
    co_await respond(std::move(head), body, has_body, sink, record);
  } else {
    sink.close_after();
    EdgeFailure failure = failure_of_fault({http::FaultReason::syntax, framing.error().message});
    co_await answer_failure(context_.loop, sink, record, std::move(failure), is_head,
                            context_.forward.edge_name);
  }
  record.finish();
  if (sink.was_cut()) {
    client_.stream.reset();
    co_return Next::close;
  }
  // Both directions have ended.
  if (sink.is_tunnel()) co_return Next::close;
  const bool complete = framing && discard_arrived(body);
  if (sink.keeps_connection() && complete) co_return Next::serve;
  co_await linger();
  co_return Next::close;
}

Task<void> H1Connection::respond(http::RequestHead head, http::H1BodyReader& body, bool has_body,
                                 H1ResponseSink& sink, AccessRecord& record) {
  ForwardRequest request;
  request.snapshot = context_.snapshot();
  const SchemeSource source = parser_.form() == http::TargetForm::absolute
                                  ? SchemeSource::request_target
                                  : SchemeSource::forwarded_proto;
  AskedKind asked = kind_of_h1(head, parser_.version(), has_body);
  if (asked.kind != RequestKind::http) sink.close_after();
  std::optional<EdgeFailure> failure = std::move(asked.failure);
  if (!failure) {
    Admission admission = admit(head, client_.bound_service, *request.snapshot);
    request.service = admission.service;
    record.binding = admission.binding;
    failure = std::move(admission.failure);
  }
  if (!failure && asked.kind != RequestKind::tcp) failure = settle_scheme(head, source);
  if (failure) {
    if (!discard_arrived(body)) sink.close_after();
    const bool is_head = head.method == "HEAD";
    co_await answer_failure(context_.loop, sink, record, std::move(*failure), is_head,
                            context_.forward.edge_name);
    co_return;
  }
  // RFC 9110 section 10.1.1: an expectation in HTTP/1.0 means nothing.
  if (parser_.version() == http::H1Version::http10) head.fields.remove("expect");
  request.head = std::move(head);
  request.client = client_.address;
  request.received_protocol = parser_.version() == http::H1Version::http10 ? "1.0" : "1.1";
  if (asked.kind != RequestKind::http) {
    co_await forward_tunnel(std::move(request), asked.kind, sink, record);
    co_return;
  }
  EndingBody ending(body, context_.loop);
  request.has_body = has_body;
  co_await forward_watched(std::move(request), ending, sink, record);
}

Task<void> H1Connection::forward_watched(ForwardRequest request, EndingBody& body,
                                         H1ResponseSink& sink, AccessRecord& record) {
  request.body = &body;
  sink.answers_to(body);
  ClientWatch watch(context_.loop, client_.stream, input_, sink, ClientEnd::leaving,
                    context_.half_close_patience);
  Task<Result<void>> forwarding = forward_request(std::move(request), sink, record);
  co_await until_client_leaves(std::move(forwarding), watch, body.ended(), sink, record);
}

Task<void> H1Connection::forward_tunnel(ForwardRequest request, RequestKind kind,
                                        H1ResponseSink& sink, AccessRecord& record) {
  if (kind == RequestKind::websocket) {
    sink.expect_websocket(std::string(*request.head.fields.find("sec-websocket-key")));
    make_extended_connect(request.head);
  }
  http::H1BodyReader bytes(client_.stream, input_, raw_bytes);
  request.body = &bytes;
  request.has_body = true;
  Readiness at_once(context_.loop);
  at_once.set();
  ClientWatch watch(context_.loop, client_.stream, input_, sink, ClientEnd::half_close,
                    Duration::zero());
  Task<Result<void>> forwarding = forward_request(std::move(request), sink, record);
  co_await until_client_leaves(std::move(forwarding), watch, at_once, sink, record);
}

Task<void> H1Connection::until_client_leaves(Task<Result<void>> forwarding, ClientWatch& watch,
                                             Readiness& request_read, H1ResponseSink& sink,
                                             AccessRecord& record) {
  Task<Result<void>> watching = watch.run(request_read);
  const Result<void> end = co_await first_of(std::move(forwarding), std::move(watching));
  if (end) co_return;
  record.error = "client_gone";
  record.detail = end.error().message;
  sink.cut();
}

Task<Result<void>> H1Connection::forward_request(ForwardRequest request, H1ResponseSink& sink,
                                                 AccessRecord& record) {
  co_await forward(context_.forward, std::move(request), sink, record);
  co_return Result<void>();
}

Task<void> H1Connection::linger() {
  Task<Result<void>> ending = net::shutdown(client_.stream);
  const Result<void> ended =
      co_await with_deadline(context_.loop, std::move(ending), linger_time, "closing");
  if (!ended) co_return;
  // Closing a socket with unread bytes sends a RST, which would overtake the response.
  Task<Result<void>> discarding = discard_input();
  const Result<void> discarded =
      co_await with_deadline(context_.loop, std::move(discarding), linger_time, "closing");
  if (!discarded) client_.stream.reset();
}

Task<Result<void>> H1Connection::discard_input() {
  input_.clear();
  for (std::size_t bytes = 0; bytes < linger_bytes;) {
    OUTHAUL_CO_TRY(got, co_await net::read_some(client_.stream, context_.loop.receive_buffer()));
    if (got == 0) break;
    bytes += got;
  }
  co_return Result<void>();
}

}  // namespace outhaul::edge
