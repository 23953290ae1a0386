#pragma once

#include <optional>
#include <string>

#include "common/base/byte_queue.h"
#include "common/http/h1_body_reader.h"
#include "common/http/h1_head.h"
#include "common/http/h1_read_head.h"
#include "edge/bindings/client_context.h"
#include "edge/bindings/client_watch.h"
#include "edge/bindings/ending_body.h"
#include "edge/bindings/h1_response_sink.h"
#include "edge/bindings/request_kind.h"

namespace outhaul::edge {

/// An HTTP/1.1 client's connection: requests are served one after another, pipelined ones in
/// order, each with both bodies streaming. Ends when it was idle too long, after a slow head, a
/// malformed request, or a response that does not leave the connection usable. A CONNECT or an
/// upgrade takes the connection over; one that is refused ends it, because what follows its head
/// may be meant for the tunnel.
class H1Connection final : public Client {
 public:
  /// `input` was read from the stream already. The references must outlive the connection.
  H1Connection(ClientContext& context, const ClientStream& client, ByteQueue input);

  Task<void> run();

  void drain() override;
  bool give_way() override;

 private:
  enum class Next : bool { close, serve };

  /// False: the client is gone, was idle too long, or the edge drains.
  Task<bool> wait_for_request();
  Task<Next> serve_next();
  Task<Next> refuse_head(Result<http::HeadRead> read);
  Task<Next> serve(http::RequestHead head);
  /// Answers the request; `body` is what is left of it.
  Task<void> respond(http::RequestHead head, http::H1BodyReader& body, bool has_body,
                     H1ResponseSink& sink, AccessRecord& record);
  /// Serves what was admitted, as long as the client is there.
  Task<void> forward_watched(ForwardRequest request, EndingBody& body, H1ResponseSink& sink,
                             AccessRecord& record);
  /// The same for CONNECT and upgrades: what follows the head is the client's direction.
  Task<void> forward_tunnel(ForwardRequest request, RequestKind kind, H1ResponseSink& sink,
                            AccessRecord& record);
  Task<Result<void>> forward_request(ForwardRequest request, H1ResponseSink& sink,
                                     AccessRecord& record);
  /// Runs `forwarding` until the client is gone.
  Task<void> until_client_leaves(Task<Result<void>> forwarding, ClientWatch& watch,
                                 Readiness& request_read, H1ResponseSink& sink,
                                 AccessRecord& record);
  /// Closes so that the client gets to read the last response, though it may be sending still.
  Task<void> linger();
  Task<Result<void>> discard_input();

  ClientContext& context_;
  const ClientStream& client_;
  ByteQueue input_;
  http::RequestHeadParser parser_;
  bool idle_ = false;
};

}  // namespace outhaul::edge
