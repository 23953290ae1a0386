#pragma once

#include <memory>
#include <optional>

#include "agent/origins/h2_origin.h"
#include "agent/relay/exchange_end.h"
#include "agent/relay/origin_request.h"
#include "agent/relay/relay_request.h"
#include "common/async/readiness.h"
#include "common/async/task.h"
#include "common/h2/stream.h"
#include "common/http/replay_body.h"

namespace outhaul::agent {

/// One request and response on an HTTP/2 origin connection, the twin of HttpExchange: two HTTP/2
/// streams, and a coroutine that reads from each and writes to the other. Content flows both ways
/// at once; each side's window opens as the other side takes the bytes.
///
/// Destroyed before its end, when the client gives up, it resets the origin's stream with CANCEL.
class H2Exchange {
 public:
  /// All references must outlive run(). `body` is the request's content from its beginning; it is
  /// told to forget once the origin has answered.
  H2Exchange(RelayRequest& relayed, const OriginRequest& request, http::ReplayBody& body,
             std::shared_ptr<H2Origin> origin);
  /// Enters the bytes into the record, also when the exchange is cancelled.
  ~H2Exchange();
  H2Exchange(const H2Exchange&) = delete;
  H2Exchange& operator=(const H2Exchange&) = delete;

  Task<ExchangeEnd> run();

  /// After an end with `upgraded`: what is to be carried on.
  h2::Stream& origin_stream() { return *origin_stream_; }

 private:
  bool wants_websocket() const { return !request_.head.protocol.empty(); }
  http::RequestHead origin_head() const;
  std::optional<ExchangeEnd> open();
  ExchangeEnd end_without_answer(const Error& error) const;
  Task<void> send();
  Task<Result<void>> receive();
  /// Takes heads until the final one; passes interim ones on.
  Task<Result<void>> receive_head();
  Task<Result<http::ResponseHead>> await_head();
  Result<void> forward_interim(http::ResponseHead head);
  Result<void> respond(http::ResponseHead head);
  bool has_content(const http::ResponseHead& head);
  Task<Result<void>> receive_body();

  RelayRequest& relayed_;
  const ServiceSettings& settings_;
  Loop& loop_;
  h2::Stream& stream_;
  const OriginRequest& request_;
  http::ReplayBody& body_;
  std::shared_ptr<H2Origin> origin_;
  bool reused_;
  std::unique_ptr<h2::Stream> origin_stream_;
  http::PumpEnd up_;
  http::PumpEnd down_;
  Readiness continue_;                 // the origin wants the body
  std::optional<Error> send_stalled_;  // it took nothing of it for too long
  std::optional<TimePoint> sent_at_;   // the whole request has left
  bool answered_ = false;              // the final head went into the tunnel
  bool has_body_ = false;              // content or trailers follow that head
  bool upgraded_ = false;
  bool upgrade_failed_ = false;
};

}  // namespace outhaul::agent
