#pragma once

#include <memory>
#include <string>

#include "common/async/scope.h"
#include "common/h2/session.h"
#include "edge/bindings/client_context.h"

namespace outhaul::edge {

/// An HTTP/2 client's connection (prior knowledge). Ends when it was idle too long, when no
/// SETTINGS come, or when streams are reset too often (protocol.md section 8): too often on this
/// connection, or on all those that use the same binding.
class H2Connection final : public Client, private h2::SessionHandler {
 public:
  /// The references must outlive the connection.
  H2Connection(ClientContext& context, const ClientStream& client);

  /// `early` was read from the stream already, the client's preface first.
  Task<void> run(std::string early);

  void drain() override;
  bool give_way() override;

 private:
  void on_request(std::unique_ptr<h2::Stream> stream) override;
  Task<void> serve(std::unique_ptr<h2::Stream> stream);
  Task<void> watch_idle();
  /// Ends the connection once a binding's limit of resets was passed on it.
  Task<void> watch_resets();
  Task<void> finish_drain();

  ClientContext& context_;
  const ClientStream& client_;
  h2::Session session_;
  Readiness too_many_resets_;
  Scope requests_;
  Scope watchers_;
};

}  // namespace outhaul::edge
