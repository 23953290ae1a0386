#include "agent/relay/http_exchange.h"

#include <algorithm>
#include <string>
#include <utility>

#include "agent/relay/broken_end.h"
#include "agent/relay/origin_response.h"
#include "common/async/combinators.h"
#include "common/async/sleep.h"
#include "common/async/timed_wait.h"
#include "common/http/h1_body_reader.h"
#include "common/http/h1_writer.h"
#include "common/http/websocket.h"

namespace outhaul::agent {

namespace {

PooledText request_text(const OriginRequest& request) {
  PooledText text;
  http::append_request_head(text, request.head, request.framing);
  return text;
}

}  // namespace

HttpExchange::HttpExchange(RelayRequest& relayed, const OriginRequest& request,
                           http::BodyReader& body, OriginConnection& connection)
    : relayed_(relayed),
      context_(relayed.context),
      settings_(relayed.settings()),
      stream_(relayed.stream),
      request_(request),
      body_(body),
      connection_(connection),
      record_(relayed.record),
      writer_(connection.stream(), request_text(request), request.framing),
      parser_(relay_head_limits(context_.limits)),
      continue_(context_.loop) {}

HttpExchange::~HttpExchange() {
  if (!over_) connection_.stream().reset();
  // After an upgrade others counted.
  if (upgraded_) return;
  record_.bytes_up = up_.bytes;
  record_.bytes_down = down_.bytes;
}

Task<ExchangeEnd> HttpExchange::run() {
  connection_.begin_exchange();
  Task<Result<void>> receiving = receive();
  Result<void> received;
  if (send_at_once()) {
    received = co_await std::move(receiving);
  } else {
    Task<void> sending = send();
    received = co_await alongside(std::move(receiving), std::move(sending));
  }
  over_ = true;
  ExchangeEnd end;
  end.touched = writer_.anything_sent();
  const bool request_complete = sent_at_ && !send_error_;
  if (received && upgraded_) {
    end.upgraded = true;
    co_return end;
  }
  if (received) {
    end.keep_connection = keep_alive_ && request_complete && connection_.input().empty();
    // An early answer: the rest of the upload is declined (RFC 9113 section 8.1).
    stream_.abandon_with(h2::ErrorCode::no_error);
    co_return end;
  }
  const Error& error = received.error();
  if (answered_) {
    // A cut body must never look complete.
    record_.error = name_of_break(error.kind, down_);
    record_.detail = error.message;
    // What came is passed on first: it leaves at the end of this turn.
    co_await end_of_turn(context_.loop);
    stream_.reset(h2::ErrorCode::internal_error);
    co_return end;
  }
  tunnel::Failure failure = failure_of_response(error.kind);
  if (send_stalled_) failure = tunnel::Failure::write_stalled;
  if (upgrade_failed_) failure = tunnel::Failure::upgrade_failed;
  if (relayed_.body_exceeded()) {
    end.failure =
        RelayFailure{tunnel::Failure::request_body_too_big, relayed_.content->error().message};
    co_return end;
  }
  end.failure = RelayFailure{failure, error.message};
  const bool no_answer = !interim_received_ && parser_.at_start() &&
                         (error.kind == ErrorKind::closed || error.kind == ErrorKind::reset);
  end.may_repeat =
      no_answer && connection_.reused() && request_.idempotent && !request_.has_content();
  co_return end;
}

bool HttpExchange::send_at_once() {
  if (wants_upgrade() || request_.has_content()) return false;
  writer_.finish(http::Fields());
  if (!writer_.drained() || writer_.failed()) return false;
  sent_at_ = context_.loop.now();
  return true;
}

/// Only the head: what follows on the stream is WebSocket, once the origin has agreed.
Task<void> HttpExchange::send_handshake() {
  writer_.finish(http::Fields());
  while (!writer_.drained() && !writer_.failed()) {
    co_await connection_.stream().writable().wait();
    writer_.drive();
  }
  sent_at_ = context_.loop.now();
}

Task<void> HttpExchange::send() {
  if (wants_upgrade()) {
    co_await send_handshake();
    co_return;
  }
  if (request_.expects_continue) {
    writer_.drive();
    // An origin that stays silent may not know the expectation: send anyway.
    co_await wait_for(context_.loop, continue_, context_.limits.expect_continue_wait);
  }
  const http::PumpLimits limits{.read_idle = {}, .write_stall = settings_.upload_stall_timeout};
  const Result<void> sent = co_await http::pump(context_.loop, body_, writer_, limits, up_);
  sent_at_ = context_.loop.now();
  if (sent) co_return;
  send_error_ = sent.error();
  // An origin that stops reading may still have an answer (413): only a stall is given up.
  send_stalled_ = up_.timed_out;
  if (send_stalled_) connection_.stream().readable().set();
  // The origin must not take what it has for a whole request, nor answer it.
  if (relayed_.body_exceeded()) connection_.stream().reset();
}

Task<Result<void>> HttpExchange::receive() {
  OUTHAUL_CO_CHECK(head, co_await receive_head());
  if (upgraded_ || !has_body_) co_return Result<void>();
  http::H1BodyReader reader(connection_.stream(), connection_.input(), framing_);
  if (receive_body_at_once(reader)) co_return Result<void>();
  const Duration stall = settings_.idle_timeout;
  const http::PumpLimits limits{.read_idle = stall, .write_stall = stall};
  co_return co_await http::pump(context_.loop, reader, stream_.writer(), limits, down_);
}

Task<Result<void>> HttpExchange::receive_head() {
  for (std::uint32_t interim = 0;; ++interim) {
    std::optional<Result<http::HeadRead>> got = read_head();
    while (!got) {
      if (send_stalled_) co_return *send_error_;
      // Here and not in a coroutine of its own: each costs 150 instructions.
      Readiness& readable = connection_.stream().readable();
      const bool woken = co_await wait_for(context_.loop, readable, time_left_for_head());
      if (!woken) {
        OUTHAUL_CO_CHECK(in_time, check_head_time());
      }
      got = read_head();
    }
    if (!*got) co_return got->error();
    const http::HeadRead read = **got;
    if (read == http::HeadRead::refused) co_return http::response_error(parser_.fault());
    if (read == http::HeadRead::ended) {
      co_return Error{ErrorKind::closed, "the origin closed the connection without an answer"};
    }
    http::ResponseHead head = parser_.take_head();
    interim_received_ = head.status < 200;
    if (head.status == 101 && wants_upgrade()) co_return accept_upgrade(std::move(head));
    if (head.status >= 200) {
      record_.mark_first_byte();
      co_return respond(std::move(head));
    }
    if (interim == context_.limits.interim_responses) {
      co_return Error{ErrorKind::protocol, "the origin sent more than " + std::to_string(interim) +
                                               " interim responses"};
    }
    OUTHAUL_CO_CHECK(forwarded, forward_interim(head));
    parser_.reset();
  }
}

Result<void> HttpExchange::accept_upgrade(http::ResponseHead head) {
  record_.mark_first_byte();
  const auto accept = head.fields.find("sec-websocket-accept");
  const auto upgrade = head.fields.find("upgrade");
  const bool agreed = accept && *accept == http::websocket_accept(request_.websocket_key) &&
                      upgrade && http::equals_ignoring_case(*upgrade, "websocket");
  if (!agreed) {
    upgrade_failed_ = true;
    return Error{ErrorKind::protocol,
                 "the origin's 101 does not answer the WebSocket handshake that was sent"};
  }
  make_websocket_answer(head, context_);
  OUTHAUL_CHECK(stream_.respond(head, true));
  answered_ = upgraded_ = true;
  record_.status = head.status;
  return {};
}

Result<void> HttpExchange::forward_interim(const http::ResponseHead& head) {
  if (head.status == 101) {
    return Error{ErrorKind::protocol, "the origin switched protocols without being asked"};
  }
  if (head.status == 100) {
    continue_.set();
    if (!request_.expects_continue) return {};
  }
  http::ResponseHead forwarded = head;
  OUTHAUL_CHECK(make_tunnel_interim(forwarded));
  stream_.inform(forwarded);
  return {};
}

Duration HttpExchange::time_left_for_head() const {
  const Duration limit = settings_.first_byte_timeout;
  if (!sent_at_) return limit;
  // At least a moment: an answer that is in the socket already is not too late.
  return std::max<Duration>(*sent_at_ + limit - context_.loop.now(), std::chrono::milliseconds(1));
}

std::optional<Result<http::HeadRead>> HttpExchange::read_head() {
  net::ByteStream& stream = connection_.stream();
  ByteQueue& input = connection_.input();
  for (;;) {
    while (!input.empty()) {
      const http::HeadStep step = parser_.feed(input.front());
      input.consume(step.consumed);
      if (step.status == http::HeadStatus::complete) return http::HeadRead::complete;
      if (step.status == http::HeadStatus::failed) return http::HeadRead::refused;
    }
    const net::IoResult got = stream.read(input.prepare());
    if (got.status == net::IoStatus::done) {
      input.commit(got.bytes);
      continue;
    }
    input.release_unused();
    if (got.status == net::IoStatus::failed) return stream.error();
    if (got.status == net::IoStatus::would_block) return std::nullopt;
    if (parser_.at_start()) return http::HeadRead::ended;
    return Error{ErrorKind::closed, "the origin closed the connection inside its answer"};
  }
}

Result<void> HttpExchange::check_head_time() const {
  const bool due = sent_at_ && context_.loop.now() >= *sent_at_ + settings_.first_byte_timeout;
  if (!due) return {};
  return Error{ErrorKind::timed_out, "the origin sent no complete response head within " +
                                         std::to_string(settings_.first_byte_timeout.count()) +
                                         " s of the request (--first-byte-timeout)"};
}

Result<void> HttpExchange::respond(http::ResponseHead head) {
  if (wants_upgrade() && head.status < 300) {
    upgrade_failed_ = true;
    return Error{ErrorKind::protocol, "the origin answered a WebSocket handshake with status " +
                                          std::to_string(head.status) + " instead of 101"};
  }
  OUTHAUL_TRY(framing, http::response_framing(request_.head.method, parser_.version(), head.status,
                                              head.fields));
  framing_ = framing;
  keep_alive_ = http::keep_alive(parser_.version(), head.fields) && !framing.must_close &&
                framing.kind != http::BodyKind::until_close;
  OUTHAUL_CHECK(make_tunnel_response(head, context_));
  has_body_ = framing.kind == http::BodyKind::chunked ||
              framing.kind == http::BodyKind::until_close ||
              (framing.kind == http::BodyKind::content_length && framing.length > 0);
  OUTHAUL_CHECK(stream_.respond(head, has_body_));
  answered_ = true;
  record_.status = head.status;
  return {};
}

bool HttpExchange::receive_body_at_once(http::H1BodyReader& reader) {
  if (framing_.kind != http::BodyKind::content_length) return false;
  http::BodyWriter& writer = stream_.writer();
  if (framing_.length != connection_.input().size() || writer.failed()) return false;
  const Bytes data = reader.peek();
  const std::size_t taken = writer.write(data);
  down_.bytes += taken;
  reader.consume(taken);
  if (reader.state() != http::BodyState::complete) return false;
  writer.finish(reader.trailers());
  return true;
}

}  // namespace outhaul::agent
