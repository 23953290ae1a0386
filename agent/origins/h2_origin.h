#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "agent/origins/connection_slot.h"
#include "common/async/loop.h"
#include "common/async/readiness.h"
#include "common/async/scope.h"
#include "common/async/task.h"
#include "common/base/limits.h"
#include "common/base/result.h"
#include "common/h2/session.h"
#include "common/http/message.h"
#include "common/net/byte_stream.h"

namespace outhaul::agent {

struct H2OriginTimes {
  /// For the origin's SETTINGS.
  Duration opening{};
  /// Without a request; then the connection closes.
  Duration idle{};
};

/// One HTTP/2 connection to an origin; the agent is the client on it. It carries many requests of
/// one OriginKey.
///
/// States: it is *starting* until the origin's SETTINGS arrive; then *open*: requests are put on it
/// while it has room (the origin's MAX_CONCURRENT_STREAMS, which may change at any time, or what it
/// really takes). It
/// becomes *retired* when the origin says GOAWAY, or has no request for its idle time: nothing is
/// put on it any more, what it carries is finished, then it closes. It is *over* when the transport
/// or the protocol broke, or it was closed; requests on it fail and say whether they may be sent
/// again. An open connection is *silent* when nothing has arrived for a ping interval: before the
/// next request is put on it, it has to answer a PING.
///
/// There is no PING without a request. gRPC servers end connections on which a client sends PINGs
/// at intervals ("too_many_pings"), unless data flows in between.
class H2Origin final : private h2::SessionHandler {
 public:
  /// `loop` and `limits` must outlive the object. `address` is the one that was dialled, for logs.
  H2Origin(Loop& loop, const Limits& limits, std::unique_ptr<net::ByteStream> stream,
           std::string address, H2OriginTimes times);
  ~H2Origin();
  H2Origin(const H2Origin&) = delete;
  H2Origin& operator=(const H2Origin&) = delete;

  /// Serves until the connection is over. Once.
  Task<void> run();

  /// Waits for the origin's SETTINGS. The error says why the connection is of no use.
  Task<Result<void>> wait_until_open();
  /// Whether a request may be put on it now.
  bool has_room() const;
  /// How many more requests it takes now.
  std::size_t room() const;
  bool silent() const;
  /// Has a silent one answer a PING. False: no answer within a short time, try another connection.
  Task<bool> prove_alive();

  /// As h2::Session::open.
  Result<std::unique_ptr<h2::Stream>> open(const http::RequestHead& head, bool has_body);

  /// One of its requests was refused (REFUSED_STREAM) and is still held: the origin takes fewer at
  /// a time than it has announced. Until the connection is idle once, no more than the others are
  /// put on it.
  void note_refusal();
  /// Nothing is put on it any more; it closes after its last request.
  void retire();
  /// The slot under which it counts; given back when the connection closes, or is retired idle.
  void hold(ConnectionSlot slot) { slot_ = std::move(slot); }

  const std::string& address() const { return address_; }
  std::size_t requests() const { return session_.active_streams(); }
  /// Set when the connection is over.
  const std::optional<Error>& end_reason() const { return end_reason_; }

 private:
  void on_request(std::unique_ptr<h2::Stream> stream) override;
  void on_ready() override;
  void on_go_away() override;
  void on_ping_acknowledged() override;
  Task<void> watch();
  Task<void> close_when_unused();

  Loop& loop_;
  const Limits& limits_;
  std::unique_ptr<net::ByteStream> stream_;
  std::string address_;
  H2OriginTimes times_;
  ConnectionSlot slot_;
  h2::Session session_;
  Scope watchers_;
  Readiness changed_;   // open, or over
  Readiness answered_;  // the PING, or over
  Readiness retired_;
  bool asked_ = false;  // a PING is under way
  std::uint64_t opened_ = 0;
  std::optional<std::size_t> requests_taken_;  // at a time, as far as refusals have told
  std::optional<Error> end_reason_;
};

}  // namespace outhaul::agent
