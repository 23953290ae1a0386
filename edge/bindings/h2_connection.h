#pragma once

#include <memory>
#include <string>

#include "common/async/scope.h"
#include "common/h2/rate_meter.h"
#include "common/h2/session.h"
#include "edge/bindings/client_context.h"

namespace outhaul::edge {

/// An HTTP/2 client's connection (prior knowledge). Ends after five minutes without a request, or
/// when the client resets too many streams (protocol.md section 8).
class H2Connection final : public Client, private h2::SessionHandler {
 public:
  /// The references must outlive the connection.
  H2Connection(ClientContext& context, const ClientStream& client);

  /// `early` was read from the stream already, the client's preface first.
  Task<void> run(std::string early);

  void drain() override;

 private:
  void on_request(std::unique_ptr<h2::Stream> stream) override;
  /// Counts the resets since the last request; false when they are too many.
  bool resets_are_few();
  Task<void> serve(std::unique_ptr<h2::Stream> stream);
  Task<void> watch_idle();
  Task<void> finish_drain();

  ClientContext& context_;
  const ClientStream& client_;
  h2::Session session_;
  h2::RateMeter peer_resets_;
  h2::RateMeter caused_resets_;
  std::uint64_t peer_resets_counted_ = 0;
  std::uint64_t caused_resets_counted_ = 0;
  Scope requests_;
  Scope watchers_;
};

}  // namespace outhaul::edge
