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
  Error error;
  std::unique_ptr<TunnelStream> retry;
};

/// What an exchange works on. References outlive it.
struct ExchangeParts {
  ForwardContext& context;
  const Uuid& tunnel;
  const http::RequestHead& head;
  bool has_body;
  ReplayBody& body;
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
  Task<ExchangeEnd> run();

 private:
  Task<void> send();
  Task<Result<void>> receive();
  /// Passes interim heads on and returns the final one.
  Task<Result<http::ResponseHead>> receive_head();
  Task<Result<void>> receive_body(bool has_body);
  Task<Result<void>> wait_for_client_failure();
  /// Whether another connection takes the request over.
  bool hand_over(const AgentVerdict& verdict);
  Duration time_left_for_head() const;
  ExchangeEnd ended(const Result<void>& result);

  ExchangeParts parts_;
  http::PumpEnd up_;
  http::PumpEnd down_;
  Readiness client_failed_;
  std::optional<Error> client_error_;
  std::optional<TimePoint> sent_at_;
  std::unique_ptr<TunnelStream> retry_;
  bool responded_ = false;
};

}  // namespace outhaul::edge
