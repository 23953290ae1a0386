#pragma once

#include <optional>

#include "agent/origins/origin_connection.h"
#include "agent/relay/access_record.h"
#include "agent/relay/exchange_end.h"
#include "agent/relay/origin_request.h"
#include "agent/relay/relay_context.h"
#include "agent/relay/relay_request.h"
#include "common/async/readiness.h"
#include "common/async/task.h"
#include "common/h2/stream.h"
#include "common/http/body.h"
#include "common/http/h1_body_reader.h"
#include "common/http/h1_body_writer.h"
#include "common/http/h1_head.h"
#include "common/http/h1_read_head.h"

namespace outhaul::agent {

/// One request and response on one HTTP/1.1 origin connection. The request's body is sent beside
/// the reception of the response, so that both stream, and an early answer ends the upload.
class HttpExchange {
 public:
  /// All references must outlive run(). `body` is the request's content.
  HttpExchange(RelayRequest& relayed, const OriginRequest& request, http::BodyReader& body,
               OriginConnection& connection);
  /// Enters the bytes into the record. Given up before its end, it resets the connection: the
  /// origin learns at once, and the local port is free again (a thousand cancelled requests must
  /// not leave a thousand TIME_WAITs).
  ~HttpExchange();
  HttpExchange(const HttpExchange&) = delete;
  HttpExchange& operator=(const HttpExchange&) = delete;

  Task<ExchangeEnd> run();

 private:
  bool wants_upgrade() const { return !request_.websocket_key.empty(); }
  /// Sends a request that is only a head, as most are. True: the socket has taken it, so that
  /// nothing is left to do beside receive(), which saves four coroutines a request.
  bool send_at_once();
  Task<void> send();
  Task<void> send_handshake();
  Task<Result<void>> receive();
  /// Reads heads until the final one; passes interim ones on.
  Task<Result<void>> receive_head();
  /// Reads what is there of the next head; nothing when more has to come.
  std::optional<Result<http::HeadRead>> read_head();
  /// After a wait for more of it: an error when the time is up.
  Result<void> check_head_time() const;
  Duration time_left_for_head() const;
  Result<void> accept_upgrade(http::ResponseHead head);
  /// Turns the origin's head into the tunnel's and sends it.
  Result<void> respond(http::ResponseHead head);
  /// Passes on a small body that has come with its head. True: it was the whole body, and all of
  /// it is on its way.
  bool receive_body_at_once(http::H1BodyReader& reader);
  Result<void> forward_interim(const http::ResponseHead& head);

  RelayRequest& relayed_;
  RelayContext& context_;
  const ServiceSettings& settings_;
  h2::Stream& stream_;
  const OriginRequest& request_;
  http::BodyReader& body_;
  OriginConnection& connection_;
  AccessRecord& record_;
  http::H1BodyWriter writer_;
  http::ResponseHeadParser parser_;
  http::Framing framing_;
  http::PumpEnd up_;
  http::PumpEnd down_;
  Readiness continue_;  // the origin wants the body
  std::optional<Error> send_error_;
  bool send_stalled_ = false;
  std::optional<TimePoint> sent_at_;  // the whole request has left
  bool interim_received_ = false;     // the origin has begun to answer
  bool answered_ = false;             // the final head went into the tunnel
  bool has_body_ = false;             // content follows that head
  bool keep_alive_ = false;
  bool upgraded_ = false;
  bool upgrade_failed_ = false;
  bool over_ = false;
};

}  // namespace outhaul::agent
