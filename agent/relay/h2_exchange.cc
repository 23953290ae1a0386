#include "agent/relay/h2_exchange.h"

#include <algorithm>
#include <string>
#include <utility>

#include "agent/relay/broken_end.h"
#include "agent/relay/origin_response.h"
#include "common/async/combinators.h"
#include "common/async/sleep.h"
#include "common/async/timed_wait.h"

namespace outhaul::agent {

H2Exchange::H2Exchange(RelayRequest& relayed, const OriginRequest& request, http::ReplayBody& body,
                       std::shared_ptr<H2Origin> origin)
    : relayed_(relayed),
      settings_(relayed.settings()),
      loop_(relayed.context.loop),
      stream_(relayed.stream),
      request_(request),
      body_(body),
      origin_(std::move(origin)),
      reused_(relayed.record.reused),
      continue_(loop_) {}

H2Exchange::~H2Exchange() {
  // After an upgrade others counted.
  if (upgraded_) return;
  relayed_.record.bytes_up = up_.bytes;
  relayed_.record.bytes_down = down_.bytes;
}

Task<ExchangeEnd> H2Exchange::run() {
  if (auto end = open()) co_return *std::move(end);
  Task<Result<void>> receiving = receive();
  Task<void> sending = send();
  const Result<void> received = co_await alongside(std::move(receiving), std::move(sending));
  if (!received && !answered_) co_return end_without_answer(received.error());
  ExchangeEnd end;
  end.touched = true;
  end.upgraded = upgraded_;
  if (received) {
    // An early answer: the rest of the upload is declined (RFC 9113 section 8.1).
    if (!upgraded_) stream_.abandon_with(h2::ErrorCode::no_error);
    co_return end;
  }
  // A cut body must never look complete. What came is passed on first: it leaves at the end of
  // this turn.
  relayed_.record.error = name_of_break(received.error().kind, down_);
  relayed_.record.detail = received.error().message;
  co_await end_of_turn(loop_);
  stream_.reset(h2::ErrorCode::internal_error);
  co_return end;
}

/// The request's head, or how the exchange ends without it.
std::optional<ExchangeEnd> H2Exchange::open() {
  ExchangeEnd end;
  end.unprocessed = end.may_repeat = true;
  if (!origin_->has_room()) {
    end.failure = RelayFailure{tunnel::Failure::circuit_open,
                               "the origin's HTTP/2 connection takes no more requests"};
    return end;
  }
  const bool has_body = wants_websocket() || request_.framing.kind != http::BodyKind::none;
  auto opened = origin_->open(origin_head(), has_body);
  if (opened) {
    origin_stream_ = *std::move(opened);
    return std::nullopt;
  }
  const Error& error = opened.error();
  end.may_repeat = error.kind == ErrorKind::closed;
  end.no_websocket = error.kind == ErrorKind::invalid;
  tunnel::Failure failure = tunnel::Failure::circuit_open;
  if (error.kind == ErrorKind::limit) failure = tunnel::Failure::request_headers_too_big;
  if (end.no_websocket) failure = tunnel::Failure::upgrade_failed;
  end.failure = RelayFailure{failure, "HTTP/2 origin: " + error.message};
  return end;
}

http::RequestHead H2Exchange::origin_head() const {
  http::RequestHead head = request_.head;
  head.scheme = relayed_.descriptor().scheme == tunnel::ServiceScheme::https ? "https" : "http";
  if (request_.takes_trailers) head.fields.add("te", "trailers");
  return head;
}

ExchangeEnd H2Exchange::end_without_answer(const Error& error) const {
  ExchangeEnd end;
  end.unprocessed = origin_stream_->unprocessed();
  end.touched = !end.unprocessed;
  if (origin_stream_->peer_code() == h2::ErrorCode::refused_stream) origin_->note_refusal();
  tunnel::Failure failure = failure_of_response(error.kind);
  // A connection that ended because its bytes are no HTTP/2.
  const std::optional<Error>& connection_end = origin_->end_reason();
  if (connection_end && connection_end->kind == ErrorKind::protocol) {
    failure = tunnel::Failure::response_not_http;
  }
  if (end.unprocessed) failure = tunnel::Failure::circuit_open;
  if (send_stalled_) failure = tunnel::Failure::write_stalled;
  if (upgrade_failed_) failure = tunnel::Failure::upgrade_failed;
  end.failure = RelayFailure{failure, error.message};
  if (relayed_.body_exceeded()) {
    end.failure =
        RelayFailure{tunnel::Failure::request_body_too_big, relayed_.content->error().message};
    return end;
  }
  // The origin may have closed while the request was on its way, as with HTTP/1.1.
  const bool lost =
      error.kind == ErrorKind::closed && reused_ && request_.idempotent && !request_.has_content();
  end.wants_http1 = origin_stream_->peer_code() == h2::ErrorCode::http_1_1_required;
  end.may_repeat = end.unprocessed || end.wants_http1 || lost;
  return end;
}

Task<void> H2Exchange::send() {
  if (wants_websocket() || request_.framing.kind == http::BodyKind::none) {
    sent_at_ = loop_.now();
    co_return;
  }
  if (request_.expects_continue) {
    // An origin that stays silent may not know the expectation: send anyway.
    co_await wait_for(loop_, continue_, relayed_.context.limits.expect_continue_wait);
  }
  const http::PumpLimits limits{.read_idle = {}, .write_stall = settings_.upload_stall_timeout};
  const Result<void> sent =
      co_await http::pump(loop_, body_, origin_stream_->writer(), limits, up_);
  sent_at_ = loop_.now();
  // The origin must not take what it has for a whole request.
  if (relayed_.body_exceeded()) origin_stream_->reset(h2::ErrorCode::cancel);
  // An origin that takes no more may still have an answer (413): only a stall is given up.
  if (sent || !up_.timed_out || answered_) co_return;
  send_stalled_ = sent.error();
  origin_stream_->reset(h2::ErrorCode::cancel);
}

Task<Result<void>> H2Exchange::receive() {
  OUTHAUL_CO_CHECK(head, co_await receive_head());
  if (upgraded_ || !has_body_) co_return Result<void>();
  co_return co_await receive_body();
}

Task<Result<void>> H2Exchange::receive_head() {
  for (std::uint32_t interim = 0;; ++interim) {
    OUTHAUL_CO_TRY(head, co_await await_head());
    body_.forget();
    if (head.status >= 200) {
      relayed_.record.mark_first_byte();
      co_return respond(std::move(head));
    }
    if (interim == relayed_.context.limits.interim_responses) {
      co_return Error{ErrorKind::protocol, "the origin sent more than " + std::to_string(interim) +
                                               " interim responses"};
    }
    OUTHAUL_CO_CHECK(forwarded, forward_interim(std::move(head)));
  }
}

Task<Result<http::ResponseHead>> H2Exchange::await_head() {
  const Duration limit = settings_.first_byte_timeout;
  for (;;) {
    if (auto head = origin_stream_->take_head()) co_return *std::move(head);
    if (send_stalled_) co_return *send_stalled_;
    if (origin_stream_->failed()) co_return origin_stream_->failure();
    const TimePoint begin = sent_at_.value_or(loop_.now());
    // At least a moment: an answer that has arrived already is not too late.
    const Duration left =
        std::max<Duration>(begin + limit - loop_.now(), std::chrono::milliseconds(1));
    const bool woken = co_await wait_for(loop_, origin_stream_->head_readable(), left);
    if (!woken && sent_at_ && loop_.now() >= *sent_at_ + limit) {
      co_return Error{ErrorKind::timed_out,
                      "the origin sent no response head within " +
                          std::to_string(settings_.first_byte_timeout.count()) +
                          " s of the request (--first-byte-timeout)"};
    }
  }
}

Result<void> H2Exchange::forward_interim(http::ResponseHead head) {
  if (head.status == 101) {
    return Error{ErrorKind::protocol, "the origin sent 101, which HTTP/2 does not have"};
  }
  if (head.status == 100) {
    continue_.set();
    if (!request_.expects_continue) return {};
  }
  OUTHAUL_CHECK(make_tunnel_interim(head));
  stream_.inform(head);
  return {};
}

Result<void> H2Exchange::respond(http::ResponseHead head) {
  if (wants_websocket() && head.status < 300) {
    make_websocket_answer(head, relayed_.context);
    has_body_ = upgraded_ = true;
  } else {
    has_body_ = has_content(head);
    OUTHAUL_CHECK(make_tunnel_response(head, relayed_.context));
  }
  OUTHAUL_CHECK(stream_.respond(head, has_body_));
  answered_ = true;
  relayed_.record.status = head.status;
  return {};
}

bool H2Exchange::has_content(const http::ResponseHead& head) {
  if (request_.head.method == "HEAD" || head.status == 204 || head.status == 304) return false;
  http::BodyReader& body = origin_stream_->body();
  if (!body.peek().empty() || body.state() != http::BodyState::complete) return true;
  return !body.trailers().empty();
}

Task<Result<void>> H2Exchange::receive_body() {
  const Duration stall = settings_.idle_timeout;
  const http::PumpLimits limits{.read_idle = stall, .write_stall = stall};
  co_return co_await http::pump(loop_, origin_stream_->body(), stream_.writer(), limits, down_);
}

}  // namespace outhaul::agent
