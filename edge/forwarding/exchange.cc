#include "edge/forwarding/exchange.h"

#include <algorithm>
#include <utility>

#include "common/async/combinators.h"
#include "common/async/timed_wait.h"
#include "common/http/body_content.h"
#include "common/http/field_filter.h"
#include "common/http/translation.h"
#include "edge/forwarding/tunnel_request.h"

namespace outhaul::edge {

namespace {

/// Beyond the agent's own limits (resolving, connecting, first byte), so that its answer, which
/// knows more, wins.
constexpr std::chrono::seconds agent_allowance{45};

/// A client that neither sends nor takes a byte for so long is given up.
Duration client_patience(const Limits& limits) {
  return limits.origin_idle_read;
}

bool has_content(const http::RequestHead& request, const http::ResponseHead& response,
                 http::BodyReader& body) {
  if (request.method == "HEAD" || response.status == 204 || response.status == 304) return false;
  return http::carries_content(body);
}

}  // namespace

Exchange::Exchange(const ExchangeParts& parts)
    : parts_(parts),
      client_failed_(parts.context.loop),
      accepted_(parts.context.loop),
      uploaded_(parts.context.loop) {}

Task<ExchangeEnd> Exchange::run() {
  Task<Result<void>> receiving = receive();
  Task<void> sending = send();
  Task<Result<void>> exchanging = alongside(std::move(receiving), std::move(sending));
  Task<Result<void>> watching = wait_for_client_failure();
  const Result<void> result = co_await first_of(std::move(exchanging), std::move(watching));
  co_return ended(result);
}

Exchange::~Exchange() {
  parts_.record.bytes_up = up_.bytes;
  parts_.record.bytes_down = down_.bytes;
}

ExchangeEnd Exchange::ended(const Result<void>& result) {
  using Outcome = ExchangeEnd::Outcome;
  ExchangeEnd end;
  if (result) {
    end.outcome = Outcome::answered;
    return end;
  }
  end.error = result.error();
  if (retry_) {
    end.outcome = Outcome::repeat;
    end.retry = std::move(retry_);
  } else if (responded_) {
    end.outcome = Outcome::broken;
    end.by_client = !down_.reader_failed && !parts_.stream.failed();
  } else if (client_error_) {
    end.outcome = Outcome::client_gone;
  }
  return end;
}

Task<void> Exchange::send() {
  if (!parts_.has_body || is_tunnel()) sent_at_ = parts_.context.loop.now();
  if (!parts_.has_body) co_return;
  http::PumpLimits limits{.read_idle = client_patience(parts_.context.limits), .write_stall = {}};
  if (is_tunnel()) {
    // Before that the request may still go to another connection.
    co_await accepted_.wait();
    limits = {};
  }
  const Result<void> sent =
      co_await http::pump(parts_.context.loop, parts_.body, parts_.stream.writer(), limits, up_);
  if (!is_tunnel()) sent_at_ = parts_.context.loop.now();
  if (sent) uploaded_.set();
  // A tunnel that failed shows at the receiving side, where its answer may still be had.
  if (sent || !up_.reader_failed) co_return;
  client_error_ = sent.error();
  client_failed_.set();
}

Task<Result<void>> Exchange::wait_for_client_failure() {
  while (!client_error_)
    co_await client_failed_.wait();
  co_return *client_error_;
}

Task<Result<void>> Exchange::receive() {
  OUTHAUL_CO_TRY(head, co_await receive_head());
  const AgentVerdict verdict = read_verdict(head, parts_.tunnel);
  if (hand_over(verdict)) {
    co_return Error{ErrorKind::cancelled, "the request goes to another connection"};
  }
  parts_.body.forget();
  parts_.record.mark_first_byte();
  const bool has_body = has_content(parts_.head, head, parts_.stream.body());
  rewrite_response(head, verdict, parts_.context.edge_name);
  if (const auto fault = http::check_response(head, head_limits(parts_.context.limits))) {
    co_return http::response_error(*fault);
  }
  if (!verdict.error.empty()) co_return co_await answer_for_agent(std::move(head), verdict);
  if (is_tunnel() && head.status < 300) co_return co_await carry_tunnel(std::move(head));
  OUTHAUL_CO_CHECK(responded, parts_.sink.respond(head, has_body));
  responded_ = true;
  parts_.record.status = head.status;
  co_return co_await receive_body(has_body);
}

Task<Result<void>> Exchange::answer_for_agent(http::ResponseHead head,
                                              const AgentVerdict& verdict) {
  parts_.record.status = head.status;
  parts_.record.error = verdict.error;
  parts_.record.detail = verdict.details;
  const AnswerContext context{parts_.context.edge_name, parts_.record.request_id};
  FailureAnswer answer = replace_agent_answer(std::move(head), verdict.error, context);
  responded_ = true;
  co_return co_await send_answer(parts_.context.loop, parts_.sink, std::move(answer),
                                 parts_.head.method == "HEAD");
}

Task<Result<void>> Exchange::carry_tunnel(http::ResponseHead head) {
  // A 2xx to CONNECT has no content (RFC 9110 section 9.3.6).
  head.fields.remove("content-length");
  OUTHAUL_CO_CHECK(opened, parts_.sink.open_tunnel(head));
  responded_ = true;
  parts_.record.status = head.status;
  accepted_.set();
  const http::PumpLimits unlimited;
  OUTHAUL_CO_CHECK(received, co_await http::pump(parts_.context.loop, parts_.stream.body(),
                                                 parts_.sink.writer(), unlimited, down_));
  Task<Result<void>> uploading = wait_for_upload();
  Task<Result<void>> failing = wait_for_tunnel_failure();
  co_return co_await first_of(std::move(uploading), std::move(failing));
}

Task<Result<void>> Exchange::wait_for_upload() {
  while (!uploaded_.is_set())
    co_await uploaded_.wait();
  co_return Result<void>();
}

Task<Result<void>> Exchange::wait_for_tunnel_failure() {
  for (;;) {
    // No head follows a final one; asking re-arms the readiness, which a failure sets too.
    [[maybe_unused]] const auto none = parts_.stream.take_head();
    if (parts_.stream.failed()) co_return parts_.stream.failure();
    co_await parts_.stream.head_readable().wait();
  }
}

Duration Exchange::time_left_for_head() const {
  const Duration limit = parts_.context.limits.origin_first_byte + agent_allowance;
  if (!sent_at_) return limit;
  return std::max<Duration>(*sent_at_ + limit - parts_.context.loop.now(),
                            std::chrono::milliseconds(1));
}

Task<Result<http::ResponseHead>> Exchange::receive_head() {
  Loop& loop = parts_.context.loop;
  std::uint32_t interim = 0;
  for (;;) {
    if (auto head = parts_.stream.take_head()) {
      if (head->status >= 200) co_return std::move(*head);
      if (++interim > parts_.context.limits.interim_responses) {
        co_return Error{ErrorKind::protocol, "the agent sent too many interim responses"};
      }
      http::strip_hop_by_hop(head->fields, http::NextHop::http1);
      http::remove_tunnel_fields(head->fields);
      if (head->status != 101) parts_.sink.inform(*head);
      continue;
    }
    if (parts_.stream.failed()) co_return parts_.stream.failure();
    const bool woken = co_await wait_for(loop, parts_.stream.head_readable(), time_left_for_head());
    const bool due = sent_at_ && loop.now() >= *sent_at_ + parts_.context.limits.origin_first_byte +
                                                   agent_allowance;
    if (!woken && due) {
      co_return Error{ErrorKind::timed_out, "the agent sent no response head in time"};
    }
  }
}

bool Exchange::hand_over(const AgentVerdict& verdict) {
  if (!verdict.may_retry || !parts_.may_retry || !parts_.body.whole()) return false;
  const std::string_view used = parts_.stream.connection();
  auto other = parts_.context.tunnels.open(parts_.tunnel, parts_.head, parts_.has_body, used);
  // Without another connection the agent's answer stands: it says more than a second one would.
  if (!other || (*other)->connection() == used) return false;
  retry_ = std::move(*other);
  return true;
}

Task<Result<void>> Exchange::receive_body(bool has_body) {
  Loop& loop = parts_.context.loop;
  const Duration patience = client_patience(parts_.context.limits);
  if (!has_body) co_return co_await drain_response(loop, parts_.sink, patience);
  const http::PumpLimits limits{.read_idle = {}, .write_stall = patience};
  co_return co_await http::pump(loop, parts_.stream.body(), parts_.sink.writer(), limits, down_);
}

}  // namespace outhaul::edge
