#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/async/readiness.h"
#include "common/async/task.h"
#include "common/http/body.h"
#include "edge/forwarding/forwarder.h"
#include "edge/forwarding/tunnel_response.h"

namespace outhaul::edge {

/// How one try to have a request answered through a tunnel ended.
struct ExchangeEnd {
  enum class Outcome : std::uint8_t {
    answered,     ///< the whole response went to the client
    broken,       ///< the response was cut off after its head
    client_gone,  ///< the client's side of the request failed: `error`
    repeat,       ///< refused without effect, and `retry` can take the request over
    failed,       ///< no response head came: `error`
  };
  Outcome outcome = Outcome::failed;
  /// With `broken`: whether the client's side broke, and not the tunnel's.
  bool by_client = false;
  Error error;
  std::unique_ptr<TunnelStream> retry;
};

/// What an exchange works on. References outlive it.
struct ExchangeParts {
  ForwardContext& context;
  const Uuid& tunnel;
  const http::RequestHead& head;
  bool has_body;
  http::ReplayBody& body;
  TunnelStream& stream;
  ResponseSink& sink;
  AccessRecord& record;
  /// A refusal of the agent may be answered by a second try.
  bool may_retry;
};

/// One request and response on one tunnel stream: the request's body is sent beside the reception
/// of the response, so that both stream and an early response ends the upload.
class Exchange {
 public:
  explicit Exchange(const ExchangeParts& parts);
  /// Enters the bytes into the record, also when the exchange is cancelled.
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  Task<ExchangeEnd> run();

 private:
  Task<void> send();
  Task<Result<void>> receive();
  /// Passes interim heads on and returns the final one.
  Task<Result<http::ResponseHead>> receive_head();
  Task<Result<void>> receive_body(bool has_body);
  /// Accepts the client's CONNECT and carries bytes until both directions have ended.
  Task<Result<void>> carry_tunnel(http::ResponseHead head);
  Task<Result<void>> wait_for_upload();
  /// Notices a reset by the agent when nothing is received any more.
  Task<Result<void>> wait_for_tunnel_failure();
  /// Answers in place of the agent, whose answer is for the log.
  Task<Result<void>> answer_for_agent(http::ResponseHead head, const AgentVerdict& verdict);
  Task<Result<void>> wait_for_client_failure();
  /// Whether another connection takes the request over.
  bool hand_over(const AgentVerdict& verdict);
  Duration time_left_for_head() const;
  ExchangeEnd ended(const Result<void>& result);
  bool is_tunnel() const { return parts_.head.method == "CONNECT"; }

  ExchangeParts parts_;
  http::PumpEnd up_;
  http::PumpEnd down_;
  Readiness client_failed_;
  Readiness accepted_;  // a CONNECT
  Readiness uploaded_;
  std::optional<Error> client_error_;
  std::optional<TimePoint> sent_at_;
  std::unique_ptr<TunnelStream> retry_;
  bool responded_ = false;
};

}  // namespace outhaul::edge
